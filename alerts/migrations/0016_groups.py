import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0015_silence_edition'),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('route_name', models.TextField()),
                ('group_key', models.TextField()),
                ('labels', models.JSONField(default=dict)),
                ('opened_at', models.DateTimeField()),
                ('next_flush_at', models.DateTimeField(null=True)),
                ('last_notified_at', models.DateTimeField(null=True)),
                ('last_firing', models.PositiveIntegerField(default=0)),
                ('last_resolved', models.PositiveIntegerField(default=0)),
                ('messages', models.PositiveIntegerField(default=0)),
                ('closed_at', models.DateTimeField(null=True)),
                ('route', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='groups', to='alerts.route')),
            ],
        ),
        migrations.AddField(
            model_name='notification',
            name='group',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notifications', to='alerts.alertgroup'),
        ),
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('joined_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(null=True)),
                ('left_at', models.DateTimeField(null=True)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='alerts.alert')),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='alerts.alertgroup')),
            ],
        ),
        migrations.AddIndex(
            model_name='alertgroup',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['next_flush_at'], name='alertgroup_due'),
        ),
        migrations.AddConstraint(
            model_name='alertgroup',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at__isnull', True)), fields=('route', 'group_key'), name='alertgroup_one_open'),
        ),
        migrations.AddIndex(
            model_name='groupmember',
            index=models.Index(condition=models.Q(('left_at__isnull', True)), fields=['group'], name='groupmember_present'),
        ),
        migrations.AddConstraint(
            model_name='groupmember',
            constraint=models.UniqueConstraint(fields=('group', 'alert'), name='groupmember_once'),
        ),
    ]
