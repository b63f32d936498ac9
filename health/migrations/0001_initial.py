import django.db.models.deletion
import health.status
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Process',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField(unique=True)),
                ('kind', models.TextField(choices=[('live', 'Live'), ('web', 'Web'), ('engine', 'Engine'), ('worker', 'Worker'), ('beat', 'Beat')])),
                ('started_at', models.DateTimeField()),
                ('last_beat_at', models.DateTimeField()),
                ('stopped_at', models.DateTimeField(null=True)),
                ('detail', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name_plural': 'processes',
            },
        ),
        migrations.CreateModel(
            name='Pulse',
            fields=[
                ('stream', models.TextField(primary_key=True, serialize=False)),
                ('last_event_at', models.DateTimeField()),
                ('interval_seconds', models.FloatField(null=True)),
                ('recent_beats', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='Component',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('env', models.TextField(default='live')),
                ('reported', models.TextField(choices=[('up', 'Up'), ('degraded', 'Degraded'), ('down', 'Down'), ('stale', 'Stale'), ('absent', 'Absent')], default=health.status.State['UP'])),
                ('state', models.TextField(choices=[('up', 'Up'), ('degraded', 'Degraded'), ('down', 'Down'), ('stale', 'Stale'), ('absent', 'Absent')], default=health.status.State['UP'])),
                ('health', models.FloatField(blank=True, null=True)),
                ('metrics', models.JSONField(blank=True, default=dict)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('interval_seconds', models.FloatField(blank=True, null=True)),
                ('recent_beats', models.JSONField(blank=True, default=list)),
                ('beats', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('env', 'name'), name='component_once')],
            },
        ),
        migrations.CreateModel(
            name='ErrorGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fingerprint', models.CharField(max_length=40, unique=True)),
                ('component', models.TextField(blank=True)),
                ('error_type', models.TextField(blank=True)),
                ('message', models.TextField(blank=True)),
                ('severity', models.TextField()),
                ('count', models.BigIntegerField(default=0)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('resolved_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-last_seen_at'], name='error_group_recent')],
                'constraints': [models.CheckConstraint(condition=models.Q(('count__gte', 0)), name='error_count_positive')],
            },
        ),
        migrations.CreateModel(
            name='ErrorEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.TextField()),
                ('ts', models.DateTimeField()),
                ('severity', models.TextField()),
                ('message', models.TextField(blank=True)),
                ('stack', models.TextField(blank=True)),
                ('correlation_id', models.TextField(blank=True)),
                ('count', models.IntegerField(default=1)),
                ('extra', models.JSONField(default=dict)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='health.errorgroup')),
            ],
            options={
                'indexes': [models.Index(fields=['-ts'], name='error_event_recent')],
            },
        ),
        migrations.CreateModel(
            name='Flip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('from_state', models.TextField(choices=[('up', 'Up'), ('degraded', 'Degraded'), ('down', 'Down'), ('stale', 'Stale'), ('absent', 'Absent')])),
                ('to_state', models.TextField(choices=[('up', 'Up'), ('degraded', 'Degraded'), ('down', 'Down'), ('stale', 'Stale'), ('absent', 'Absent')])),
                ('reason', models.TextField(blank=True)),
                ('component', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='flips', to='health.component')),
            ],
            options={
                'indexes': [models.Index(fields=['component', '-at'], name='flip_recent')],
            },
        ),
    ]
