import django.db.models.constraints
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Receiver',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('slack', 'Slack incoming webhook')], max_length=10)),
                ('address', models.CharField(blank=True, max_length=254)),
                ('secret', models.BinaryField(default=b'')),
                ('enabled', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='RuleEdition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('fingerprint', models.CharField(max_length=16)),
                ('rule_name', models.TextField()),
                ('rule_snapshot', models.JSONField(default=dict)),
                ('series_id', models.BigIntegerField(null=True)),
                ('source', models.TextField(default='ops-portal')),
                ('title', models.TextField()),
                ('description', models.TextField(blank=True)),
                ('runbook_url', models.TextField(blank=True)),
                ('severity', models.CharField(choices=[('info', 'Info'), ('warning', 'Warning'), ('critical', 'Critical')], max_length=10)),
                ('labels', models.JSONField(default=dict)),
                ('condition', models.CharField(choices=[('breach', 'Condition holds'), ('nodata', 'No data')], default='breach', max_length=10)),
                ('state', models.CharField(choices=[('firing', 'Firing'), ('acknowledged', 'Acknowledged'), ('resolved', 'Resolved')], default='firing', max_length=12)),
                ('value', models.FloatField(null=True)),
                ('peak_value', models.FloatField(null=True)),
                ('threshold', models.FloatField(null=True)),
                ('started_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('occurrences', models.PositiveIntegerField(default=1)),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('suppressed_by', models.JSONField(default=list)),
                ('version', models.PositiveIntegerField(default=0)),
                ('acknowledged_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='acknowledged_alerts', to=settings.AUTH_USER_MODEL)),
                ('previous', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='alerts.alert')),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='resolved_alerts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-started_at', '-id'],
                'permissions': [('acknowledge_alert', 'Can acknowledge and unacknowledge alerts'), ('resolve_alert', 'Can resolve alerts'), ('comment_alert', 'Can comment on alerts')],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('body', models.TextField()),
                ('at', models.DateTimeField()),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='alerts.alert')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.TextField(unique=True)),
                ('receiver_name', models.TextField(blank=True)),
                ('channel', models.TextField(choices=[('email', 'Email'), ('slack', 'Slack'), ('stream', 'Stream')])),
                ('reason', models.TextField()),
                ('transition_seq', models.PositiveIntegerField(default=0)),
                ('payload', models.JSONField()),
                ('priority', models.PositiveSmallIntegerField(default=1)),
                ('state', models.TextField(choices=[('pending', 'Pending'), ('sending', 'Sending'), ('sent', 'Sent'), ('failed', 'Failed'), ('skipped', 'Skipped')], default='pending')),
                ('created_at', models.DateTimeField()),
                ('next_try_at', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('lease_owner', models.TextField(blank=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True)),
                ('alert', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='alerts.alert')),
                ('receiver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='alerts.receiver')),
            ],
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('repeat', models.PositiveSmallIntegerField(default=0)),
                ('is_default', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name_plural': 'policies',
                'constraints': [models.CheckConstraint(condition=models.Q(('repeat__lte', 9)), name='policy_repeat_bounded'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='policy_one_default')],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(unique=True)),
                ('title', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('runbook_url', models.URLField(blank=True)),
                ('metric', models.CharField(max_length=120)),
                ('matchers', models.JSONField(blank=True, default=dict)),
                ('aggregate', models.CharField(choices=[('last', 'last value'), ('avg', 'average'), ('min', 'minimum'), ('max', 'maximum'), ('sum', 'sum'), ('count', 'number of samples'), ('rate', 'change per second'), ('absent', 'seconds of silence')], default='last', max_length=10)),
                ('window_seconds', models.PositiveIntegerField(default=0)),
                ('comparison', models.CharField(choices=[('<', 'is below'), ('<=', 'is at most'), ('>', 'is above'), ('>=', 'is at least'), ('==', 'equals'), ('!=', 'differs from')], max_length=2)),
                ('threshold', models.FloatField()),
                ('for_seconds', models.PositiveIntegerField(default=0)),
                ('keep_firing_seconds', models.PositiveIntegerField(default=0)),
                ('min_samples', models.PositiveIntegerField(default=0)),
                ('samples_metric', models.CharField(blank=True, max_length=120)),
                ('no_data', models.CharField(choices=[('nodata', 'alert as no data'), ('alert', 'alert as if the condition held'), ('keep', 'keep the last state'), ('ignore', 'show it, do not alert')], default='nodata', max_length=10)),
                ('no_data_seconds', models.PositiveIntegerField(default=300)),
                ('severity', models.CharField(choices=[('info', 'Info'), ('warning', 'Warning'), ('critical', 'Critical')], max_length=10)),
                ('labels', models.JSONField(blank=True, default=dict)),
                ('enabled', models.BooleanField(default=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('change_reason', models.CharField(blank=True, max_length=200)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('policy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='alerts.policy')),
            ],
            options={
                'permissions': [('replay_rule', 'Can replay a rule over history')],
            },
        ),
        migrations.AddField(
            model_name='alert',
            name='rule',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alerts', to='alerts.rule'),
        ),
        migrations.CreateModel(
            name='RuleError',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.TextField()),
                ('at', models.DateTimeField()),
                ('rule', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='failure', to='alerts.rule')),
            ],
        ),
        migrations.CreateModel(
            name='RuleInstance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series_id', models.BigIntegerField()),
                ('fingerprint', models.CharField(max_length=16)),
                ('labels', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('ok', 'Ok'), ('pending', 'Pending'), ('firing', 'Firing'), ('keeping', 'Keeping'), ('nodata', 'Nodata')], default='ok', max_length=10)),
                ('active_at', models.DateTimeField(null=True)),
                ('fired_at', models.DateTimeField(null=True)),
                ('keeping_since', models.DateTimeField(null=True)),
                ('missing_since', models.DateTimeField(null=True)),
                ('alerting', models.CharField(blank=True, max_length=10)),
                ('latched', models.BooleanField(default=False)),
                ('value', models.FloatField(null=True)),
                ('evaluated_at', models.DateTimeField(null=True)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='instances', to='alerts.rule')),
            ],
        ),
        migrations.CreateModel(
            name='Transition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField()),
                ('action', models.TextField(choices=[('fired', 'Fired'), ('no_data', 'No Data'), ('data_back', 'Data Back'), ('escalated', 'Escalated'), ('acknowledged', 'Acknowledged'), ('unacknowledged', 'Unacknowledged'), ('commented', 'Commented'), ('resolved', 'Resolved')])),
                ('from_state', models.TextField(blank=True)),
                ('to_state', models.TextField()),
                ('via', models.TextField(choices=[('engine', 'Engine'), ('timer', 'Timer'), ('web', 'Web'), ('admin', 'Admin'), ('stream', 'Stream')])),
                ('note', models.TextField(blank=True)),
                ('value', models.FloatField(null=True)),
                ('detail', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transitions', to='alerts.alert')),
            ],
            options={
                'ordering': ['alert_id', 'seq'],
            },
        ),
        migrations.CreateModel(
            name='Acknowledgment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acknowledgments', to='alerts.alert')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('alert',), name='acknowledgment_one_current')],
            },
        ),
        migrations.CreateModel(
            name='Escalation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('policy_snapshot', models.JSONField()),
                ('state', models.TextField(choices=[('running', 'Running'), ('stopped', 'Stopped'), ('done', 'Done')], default='running')),
                ('step', models.PositiveSmallIntegerField(default=0)),
                ('loop', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('token', models.UUIDField(default=uuid.uuid4)),
                ('alert', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='escalation', to='alerts.alert')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'running')), fields=['next_at'], name='escalation_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('next_at__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('next_at__isnull', True)), _connector='OR'), name='escalation_running_has_due_time')],
            },
        ),
        migrations.CreateModel(
            name='EscalationStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.PositiveSmallIntegerField()),
                ('loop', models.PositiveSmallIntegerField()),
                ('run', models.UUIDField()),
                ('due_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('receivers', models.JSONField()),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='escalation_steps', to='alerts.alert')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('alert', 'run', 'loop', 'step'), name='escalation_step_once')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.PositiveSmallIntegerField()),
                ('started_at', models.DateTimeField()),
                ('seconds', models.FloatField()),
                ('ok', models.BooleanField()),
                ('status', models.TextField(blank=True)),
                ('error', models.TextField(blank=True)),
                ('response', models.TextField(blank=True)),
                ('notification', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tries', to='alerts.notification')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('notification', 'n'), name='attempt_once')],
            },
        ),
        migrations.CreateModel(
            name='PolicyStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('delay_seconds', models.PositiveIntegerField(default=0)),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='alerts.policy')),
                ('receivers', models.ManyToManyField(related_name='steps', to='alerts.receiver')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('policy', 'position'), name='policy_step_position')],
            },
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('state__in', ['pending', 'sending'])), fields=['priority', 'next_try_at'], name='notification_due'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['alert', 'created_at'], name='notification_of_alert'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_until__isnull', False), _connector='OR'), name='notification_sending_has_lease'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='notification_sent_has_time'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('aggregate__in', ['last', 'absent']), ('window_seconds__gt', 0), _connector='OR'), name='rule_window_given'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('severity__in', ['info', 'warning', 'critical'])), name='rule_severity_known'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('version__gt', 0)), name='rule_version_positive'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['-started_at', '-id'], name='alert_recent'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('state', 'resolved'), _negated=True), fields=['-last_seen_at'], name='alert_open'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'resolved'), _negated=True), fields=('fingerprint',), name='alert_one_open_per_fingerprint'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', False), ('state', 'resolved')), models.Q(models.Q(('state', 'resolved'), _negated=True), ('resolved_at__isnull', True)), _connector='OR'), name='alert_resolved_has_time'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'acknowledged'), _negated=True), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False)), _connector='OR'), name='alert_acknowledged_has_person'),
        ),
        migrations.AddConstraint(
            model_name='ruleinstance',
            constraint=models.UniqueConstraint(fields=('rule', 'fingerprint'), name='rule_instance_once'),
        ),
        migrations.AddConstraint(
            model_name='transition',
            constraint=models.UniqueConstraint(fields=('alert', 'seq'), name='transition_seq_once'),
        ),
    ]
