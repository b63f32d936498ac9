import alerts.models.oncall
import alerts.rotations
import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0004_rule_kinds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LaterMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.UUIDField()),
                ('step', models.PositiveSmallIntegerField()),
                ('loop', models.PositiveSmallIntegerField()),
                ('transition_seq', models.PositiveIntegerField()),
                ('due_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('owed', 'Owed'), ('stopped', 'Stopped')], default='waiting', max_length=10)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='NotificationRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('important', models.BooleanField(default=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('delay_seconds', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(86400)])),
                ('severity', models.CharField(choices=[('info', 'Info'), ('warning', 'Warning'), ('critical', 'Critical')], default='info', max_length=10)),
                ('through_quiet_hours', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ['important', 'position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='NotificationRuleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('important', models.BooleanField(default=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('delay_seconds', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(86400)])),
                ('severity', models.CharField(choices=[('info', 'Info'), ('warning', 'Warning'), ('critical', 'Critical')], default='info', max_length=10)),
                ('through_quiet_hours', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='OnCallSpan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.TextField(blank=True)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['starts_at'],
            },
        ),
        migrations.CreateModel(
            name='Override',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['starts_at'],
            },
        ),
        migrations.CreateModel(
            name='OverrideEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Participant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ParticipantEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='PolicyStepUserEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='QuietHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('time_zone', models.CharField(default='UTC', max_length=60, validators=[alerts.models.oncall.check_zone])),
                ('begins', models.TimeField()),
                ('ends', models.TimeField()),
            ],
            options={
                'verbose_name_plural': 'quiet hours',
            },
        ),
        migrations.CreateModel(
            name='QuietHoursEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('time_zone', models.CharField(default='UTC', max_length=60, validators=[alerts.models.oncall.check_zone])),
                ('begins', models.TimeField()),
                ('ends', models.TimeField()),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('time_zone', models.CharField(default='UTC', max_length=60, validators=[alerts.models.oncall.check_zone])),
                ('gaps_expected', models.BooleanField(default=False)),
                ('feed_key', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('recorded_until', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='ScheduleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('time_zone', models.CharField(default='UTC', max_length=60, validators=[alerts.models.oncall.check_zone])),
                ('gaps_expected', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='ScheduleLayer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('name', models.CharField(max_length=60)),
                ('kind', models.CharField(choices=[('hourly', 'hourly'), ('daily', 'daily'), ('weekly', 'weekly'), ('monthly', 'monthly')], default=alerts.rotations.Kind['WEEKLY'], max_length=10)),
                ('length', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(999)])),
                ('first_day', models.DateField()),
                ('hand_over_at', models.TimeField(default=datetime.time(9, 0))),
                ('last_day', models.DateField(blank=True, null=True)),
                ('weekdays', models.PositiveSmallIntegerField(default=127)),
                ('opens', models.TimeField(default=datetime.time(0, 0))),
                ('closes', models.TimeField(default=datetime.time(0, 0))),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ScheduleLayerEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('name', models.CharField(max_length=60)),
                ('kind', models.CharField(choices=[('hourly', 'hourly'), ('daily', 'daily'), ('weekly', 'weekly'), ('monthly', 'monthly')], default=alerts.rotations.Kind['WEEKLY'], max_length=10)),
                ('length', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(999)])),
                ('first_day', models.DateField()),
                ('hand_over_at', models.TimeField(default=datetime.time(9, 0))),
                ('last_day', models.DateField(blank=True, null=True)),
                ('weekdays', models.PositiveSmallIntegerField(default=127)),
                ('opens', models.TimeField(default=datetime.time(0, 0))),
                ('closes', models.TimeField(default=datetime.time(0, 0))),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Swap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gives_from', models.DateTimeField()),
                ('gives_until', models.DateTimeField()),
                ('takes_from', models.DateTimeField()),
                ('takes_until', models.DateTimeField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='asked', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['gives_from'],
            },
        ),
        migrations.CreateModel(
            name='SwapEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('gives_from', models.DateTimeField()),
                ('gives_until', models.DateTimeField()),
                ('takes_from', models.DateTimeField()),
                ('takes_until', models.DateTimeField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='asked', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='TeamEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=80)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='TeamMemberEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('sent_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('tries', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='policystep',
            name='users',
            field=models.ManyToManyField(blank=True, related_name='policy_steps', to=settings.AUTH_USER_MODEL),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='policystep',
            name='added_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='policystep',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='policystep',
            name='removed_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='receiver',
            name='added_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='receiver',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='receiver',
            name='removed_delete',
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='kind',
            field=models.CharField(default='channel', max_length=10),
        ),
        migrations.AddField(
            model_name='escalationstep',
            name='people',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='policystep',
            name='closes',
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='policystep',
            name='important',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='policystep',
            name='kind',
            field=models.CharField(choices=[('channel', 'Tell channels'), ('users', 'Tell people'), ('schedule', 'Tell who is on call'), ('team', 'Tell a team'), ('webhook', 'Call a webhook'), ('wait', 'Wait'), ('condition', 'Go on only if'), ('repeat', 'Begin again'), ('resolve', 'Resolve')], default='channel', max_length=10),
        ),
        migrations.AddField(
            model_name='policystep',
            name='more_than',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='policystep',
            name='opens',
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='policystep',
            name='severity',
            field=models.CharField(blank=True, choices=[('info', 'Info'), ('warning', 'Warning'), ('critical', 'Critical')], max_length=10),
        ),
        migrations.AddField(
            model_name='policystep',
            name='time_zone',
            field=models.CharField(blank=True, max_length=60, validators=[alerts.models.oncall.check_zone]),
        ),
        migrations.AddField(
            model_name='policystep',
            name='times',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='policystep',
            name='within_seconds',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='closes',
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='important',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='kind',
            field=models.CharField(choices=[('channel', 'Tell channels'), ('users', 'Tell people'), ('schedule', 'Tell who is on call'), ('team', 'Tell a team'), ('webhook', 'Call a webhook'), ('wait', 'Wait'), ('condition', 'Go on only if'), ('repeat', 'Begin again'), ('resolve', 'Resolve')], default='channel', max_length=10),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='more_than',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='opens',
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='severity',
            field=models.CharField(blank=True, choices=[('info', 'Info'), ('warning', 'Warning'), ('critical', 'Critical')], max_length=10),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='time_zone',
            field=models.CharField(blank=True, max_length=60, validators=[alerts.models.oncall.check_zone]),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='times',
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='within_seconds',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='receiver',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='addresses', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='receiver',
            name='verified_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='receiverevent',
            name='owner',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='receiverevent',
            name='verified_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='escalation',
            name='state',
            field=models.TextField(choices=[('running', 'Running'), ('stopped', 'Stopped'), ('done', 'Done'), ('resolving', 'Resolving')], default='running'),
        ),
        migrations.AlterField(
            model_name='policystep',
            name='receivers',
            field=models.ManyToManyField(blank=True, related_name='steps', to='alerts.receiver'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystep',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policystepevent" ("closes", "delay_seconds", "id", "important", "kind", "more_than", "opens", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position", "schedule_id", "severity", "team_id", "time_zone", "times", "within_seconds") VALUES (NEW."closes", NEW."delay_seconds", NEW."id", NEW."important", NEW."kind", NEW."more_than", NEW."opens", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."policy_id", NEW."position", NEW."schedule_id", NEW."severity", NEW."team_id", NEW."time_zone", NEW."times", NEW."within_seconds"); RETURN NULL;', hash='093ef2669c49ad6f83cc58847236f98849568f44', operation='INSERT', pgid='pgtrigger_added_insert_fdf7f', table='alerts_policystep', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystep',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_policystepevent" ("closes", "delay_seconds", "id", "important", "kind", "more_than", "opens", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position", "schedule_id", "severity", "team_id", "time_zone", "times", "within_seconds") VALUES (NEW."closes", NEW."delay_seconds", NEW."id", NEW."important", NEW."kind", NEW."more_than", NEW."opens", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."policy_id", NEW."position", NEW."schedule_id", NEW."severity", NEW."team_id", NEW."time_zone", NEW."times", NEW."within_seconds"); RETURN NULL;', hash='656420351db42cf0cbc4305a9d5f737179253257', operation='UPDATE', pgid='pgtrigger_changed_update_b6a7b', table='alerts_policystep', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystep',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policystepevent" ("closes", "delay_seconds", "id", "important", "kind", "more_than", "opens", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position", "schedule_id", "severity", "team_id", "time_zone", "times", "within_seconds") VALUES (OLD."closes", OLD."delay_seconds", OLD."id", OLD."important", OLD."kind", OLD."more_than", OLD."opens", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."policy_id", OLD."position", OLD."schedule_id", OLD."severity", OLD."team_id", OLD."time_zone", OLD."times", OLD."within_seconds"); RETURN NULL;', hash='642026836a1275ceb6d2c2b88766167626e43c7d', operation='DELETE', pgid='pgtrigger_removed_delete_b40dc', table='alerts_policystep', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "id", "kind", "name", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "verified_at") VALUES (NEW."address", NEW."enabled", NEW."id", NEW."kind", NEW."name", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."verified_at"); RETURN NULL;', hash='1d3180c3132e5c0e60c00116186e4345e2d04321', operation='INSERT', pgid='pgtrigger_added_insert_c913e', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."enabled" IS DISTINCT FROM (NEW."enabled") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."verified_at" IS DISTINCT FROM (NEW."verified_at"))', func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "id", "kind", "name", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "verified_at") VALUES (NEW."address", NEW."enabled", NEW."id", NEW."kind", NEW."name", NEW."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."verified_at"); RETURN NULL;', hash='dff4cd7133c64beaeaaec99ad794d343536a919c', operation='UPDATE', pgid='pgtrigger_changed_update_5ee1f', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "id", "kind", "name", "owner_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "verified_at") VALUES (OLD."address", OLD."enabled", OLD."id", OLD."kind", OLD."name", OLD."owner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."verified_at"); RETURN NULL;', hash='df912d117eb87584eb63c134991b2e95ee7f941d', operation='DELETE', pgid='pgtrigger_removed_delete_c0e9a', table='alerts_receiver', when='AFTER')),
        ),
        migrations.AddField(
            model_name='latermessage',
            name='alert',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='later_messages', to='alerts.alert'),
        ),
        migrations.AddField(
            model_name='latermessage',
            name='receiver',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='alerts.receiver'),
        ),
        migrations.AddField(
            model_name='latermessage',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notificationrule',
            name='receiver',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_rules', to='alerts.receiver'),
        ),
        migrations.AddField(
            model_name='notificationrule',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_rules', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notificationruleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.notificationrule'),
        ),
        migrations.AddField(
            model_name='notificationruleevent',
            name='receiver',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.receiver'),
        ),
        migrations.AddField(
            model_name='notificationruleevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='oncallspan',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='override',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='override',
            name='replaces',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='override',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='overrideevent',
            name='made_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='overrideevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.override'),
        ),
        migrations.AddField(
            model_name='overrideevent',
            name='replaces',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='overrideevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='participant',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='participantevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.participant'),
        ),
        migrations.AddField(
            model_name='participantevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='policystepuserevent',
            name='policystep',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.policystep'),
        ),
        migrations.AddField(
            model_name='policystepuserevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='quiethours',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='quiet_hours', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='quiethoursevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.quiethours'),
        ),
        migrations.AddField(
            model_name='quiethoursevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='schedule',
            name='fallback',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='overrideevent',
            name='schedule',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='override',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='overrides', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='oncallspan',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spans', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='policystep',
            name='schedule',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='schedule',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='scheduleevent',
            name='fallback',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='scheduleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='schedulelayer',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='layers', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='participantevent',
            name='layer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.schedulelayer'),
        ),
        migrations.AddField(
            model_name='participant',
            name='layer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='alerts.schedulelayer'),
        ),
        migrations.AddField(
            model_name='schedulelayerevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.schedulelayer'),
        ),
        migrations.AddField(
            model_name='schedulelayerevent',
            name='schedule',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='swap',
            name='asker',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='swaps_asked', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='swap',
            name='schedule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='swaps', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='swap',
            name='taker',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='swaps_offered', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='swapevent',
            name='asker',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='swapevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.swap'),
        ),
        migrations.AddField(
            model_name='swapevent',
            name='schedule',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.schedule'),
        ),
        migrations.AddField(
            model_name='swapevent',
            name='taker',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='team',
            name='members',
            field=models.ManyToManyField(blank=True, related_name='teams', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='policystep',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='alerts.team'),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='team',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.team'),
        ),
        migrations.AddConstraint(
            model_name='policystep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'schedule'), _negated=True), ('schedule__isnull', False), _connector='OR'), name='policy_step_names_schedule'),
        ),
        migrations.AddConstraint(
            model_name='policystep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'team'), _negated=True), ('team__isnull', False), _connector='OR'), name='policy_step_names_team'),
        ),
        migrations.AddConstraint(
            model_name='policystep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closes__isnull', True), ('opens__isnull', True)), models.Q(('closes__isnull', False), ('opens__isnull', False)), _connector='OR'), name='policy_step_range_whole'),
        ),
        migrations.AddConstraint(
            model_name='policystep',
            constraint=models.CheckConstraint(condition=models.Q(('more_than__isnull', True), ('within_seconds__gt', 0), _connector='OR'), name='policy_step_counts_within'),
        ),
        migrations.AddConstraint(
            model_name='policystep',
            constraint=models.CheckConstraint(condition=models.Q(('times__gte', 1), ('times__lte', 9)), name='policy_step_times_bounded'),
        ),
        migrations.AddField(
            model_name='teamevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.team'),
        ),
        migrations.AddField(
            model_name='teammemberevent',
            name='team',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.team'),
        ),
        migrations.AddField(
            model_name='teammemberevent',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='verification',
            name='receiver',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='verification', to='alerts.receiver'),
        ),
        migrations.CreateModel(
            name='PolicyStepUser',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('alerts.policystep_users',),
        ),
        migrations.AddIndex(
            model_name='latermessage',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='later_message_due'),
        ),
        migrations.AddIndex(
            model_name='latermessage',
            index=models.Index(fields=['alert'], name='later_message_of_alert'),
        ),
        migrations.AddConstraint(
            model_name='latermessage',
            constraint=models.UniqueConstraint(fields=('alert', 'run', 'loop', 'step', 'receiver', 'due_at'), name='later_message_once'),
        ),
        migrations.AddConstraint(
            model_name='notificationrule',
            constraint=models.CheckConstraint(condition=models.Q(('delay_seconds__lte', 86400)), name='personal_delay_bounded'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationrule',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_notificationruleevent" ("delay_seconds", "id", "important", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "receiver_id", "severity", "through_quiet_hours", "user_id") VALUES (NEW."delay_seconds", NEW."id", NEW."important", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."position", NEW."receiver_id", NEW."severity", NEW."through_quiet_hours", NEW."user_id"); RETURN NULL;', hash='22c673900362ecf9c5a96b3e237854b6d1282314', operation='INSERT', pgid='pgtrigger_added_insert_8b572', table='alerts_notificationrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationrule',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_notificationruleevent" ("delay_seconds", "id", "important", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "receiver_id", "severity", "through_quiet_hours", "user_id") VALUES (NEW."delay_seconds", NEW."id", NEW."important", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."position", NEW."receiver_id", NEW."severity", NEW."through_quiet_hours", NEW."user_id"); RETURN NULL;', hash='568ae554e75d33a73653cb483dbfefb74581f58f', operation='UPDATE', pgid='pgtrigger_changed_update_5289a', table='alerts_notificationrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationrule',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_notificationruleevent" ("delay_seconds", "id", "important", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "receiver_id", "severity", "through_quiet_hours", "user_id") VALUES (OLD."delay_seconds", OLD."id", OLD."important", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."position", OLD."receiver_id", OLD."severity", OLD."through_quiet_hours", OLD."user_id"); RETURN NULL;', hash='2e18943c539fa4d3ec6a6fb0082cff46a7ae5f4a', operation='DELETE', pgid='pgtrigger_removed_delete_6d408', table='alerts_notificationrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationruleevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='7134da91c633acdcda962a92a279e9acb231eb4a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_05076', table='alerts_notificationruleevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationruleevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d7f19fa2a55d63fc3d6e580ca200b2845180d8a0', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c492b', table='alerts_notificationruleevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepuserevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='473df3ea163a2b0cbbf7ac59c499ea1ec4c64128', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_8d2da', table='alerts_policystepuserevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepuserevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4b73833c6b2deb85edb51804f46151c732944582', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ce720', table='alerts_policystepuserevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quiethours',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_quiethoursevent" ("begins", "ends", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone", "user_id") VALUES (NEW."begins", NEW."ends", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."time_zone", NEW."user_id"); RETURN NULL;', hash='d46eecfb6a6dd39cae1e846ab970eeb3ecd24658', operation='INSERT', pgid='pgtrigger_added_insert_1c4e3', table='alerts_quiethours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quiethours',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_quiethoursevent" ("begins", "ends", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone", "user_id") VALUES (NEW."begins", NEW."ends", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."time_zone", NEW."user_id"); RETURN NULL;', hash='d8c333ad4e74dd99c01746c99afb45fdd42c50ef', operation='UPDATE', pgid='pgtrigger_changed_update_bb8be', table='alerts_quiethours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quiethours',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_quiethoursevent" ("begins", "ends", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone", "user_id") VALUES (OLD."begins", OLD."ends", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."time_zone", OLD."user_id"); RETURN NULL;', hash='0e656306373a6c4003f9b4f07824c8d04cb20f57', operation='DELETE', pgid='pgtrigger_removed_delete_45c2b', table='alerts_quiethours', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quiethoursevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='8b30ed829b05444e91ed34dba444b71a4efcc63d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_7f981', table='alerts_quiethoursevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='quiethoursevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2a8c779e0007c48b539349a391afa838e7d5c9e1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_cfdf3', table='alerts_quiethoursevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schedule',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_scheduleevent" ("fallback_id", "gaps_expected", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (NEW."fallback_id", NEW."gaps_expected", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."time_zone"); RETURN NULL;', hash='b53ca80aa3848448b3350ac59d8aa075f5127e7e', operation='INSERT', pgid='pgtrigger_added_insert_b468b', table='alerts_schedule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schedule',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."fallback_id" IS DISTINCT FROM (NEW."fallback_id") OR OLD."gaps_expected" IS DISTINCT FROM (NEW."gaps_expected") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."time_zone" IS DISTINCT FROM (NEW."time_zone"))', func='INSERT INTO "alerts_scheduleevent" ("fallback_id", "gaps_expected", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (NEW."fallback_id", NEW."gaps_expected", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."time_zone"); RETURN NULL;', hash='fed0770073ad6d270aa8eed6107579d468648c1e', operation='UPDATE', pgid='pgtrigger_changed_update_fddab', table='alerts_schedule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schedule',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_scheduleevent" ("fallback_id", "gaps_expected", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (OLD."fallback_id", OLD."gaps_expected", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."time_zone"); RETURN NULL;', hash='4f104b34047898abd5a1c4ec130fe76f0d171a55', operation='DELETE', pgid='pgtrigger_removed_delete_10923', table='alerts_schedule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='overrideevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='fa78c87175419e4c2fce56d6988fe63ada4f10b7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_a8e68', table='alerts_overrideevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='overrideevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='57a6e4043a9c78b8d4509b225a672b9b492809d9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2707e', table='alerts_overrideevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='override_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='override',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('schedule'), models.F('schedule'), models.Value('[]'), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&'), (models.Func(models.F('starts_at'), models.F('ends_at'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='override_one_at_a_time', violation_error_message='Somebody has agreed to take a part of this time already.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='override',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_overrideevent" ("ends_at", "id", "made_at", "made_by_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "replaces_id", "schedule_id", "starts_at", "user_id") VALUES (NEW."ends_at", NEW."id", NEW."made_at", NEW."made_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."reason", NEW."replaces_id", NEW."schedule_id", NEW."starts_at", NEW."user_id"); RETURN NULL;', hash='c21ecb1cc93abfadcf330ee721f94e08320ae224', operation='INSERT', pgid='pgtrigger_added_insert_a63b5', table='alerts_override', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='override',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_overrideevent" ("ends_at", "id", "made_at", "made_by_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "replaces_id", "schedule_id", "starts_at", "user_id") VALUES (NEW."ends_at", NEW."id", NEW."made_at", NEW."made_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."reason", NEW."replaces_id", NEW."schedule_id", NEW."starts_at", NEW."user_id"); RETURN NULL;', hash='a5cba90ddee1d0a5a0781d1c8ecfeb2c4611be3f', operation='UPDATE', pgid='pgtrigger_changed_update_443d9', table='alerts_override', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='override',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_overrideevent" ("ends_at", "id", "made_at", "made_by_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "replaces_id", "schedule_id", "starts_at", "user_id") VALUES (OLD."ends_at", OLD."id", OLD."made_at", OLD."made_by_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."reason", OLD."replaces_id", OLD."schedule_id", OLD."starts_at", OLD."user_id"); RETURN NULL;', hash='3259deccbfbcab864dc3574a73d71a1f8d959170', operation='DELETE', pgid='pgtrigger_removed_delete_9f3f0', table='alerts_override', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='oncallspan',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_at__isnull', True)), fields=('schedule',), name='span_one_open'),
        ),
        migrations.AddConstraint(
            model_name='oncallspan',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='span_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='oncallspan',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func(models.F('schedule'), models.F('schedule'), models.Value('[]'), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&'), (models.Func(models.F('starts_at'), models.F('ends_at'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='span_one_at_a_time', violation_error_message='Somebody has agreed to take a part of this time already.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scheduleevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='35105fe3319dc82370197743ba9f2b5ff8e87c1e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_83d07', table='alerts_scheduleevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scheduleevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ae2697cd63dff959dc75d07ee53bd7831744c689', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_1874f', table='alerts_scheduleevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='schedulelayer',
            constraint=models.CheckConstraint(condition=models.Q(('length__gte', 1), ('length__lte', 999)), name='layer_length_bounded'),
        ),
        migrations.AddConstraint(
            model_name='schedulelayer',
            constraint=models.CheckConstraint(condition=models.Q(('weekdays__gte', 1), ('weekdays__lte', 127)), name='layer_has_weekdays'),
        ),
        migrations.AddConstraint(
            model_name='schedulelayer',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__isnull', True), ('last_day__gte', models.F('first_day')), _connector='OR'), name='layer_ends_after_start'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schedulelayer',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_schedulelayerevent" ("closes", "first_day", "hand_over_at", "id", "kind", "last_day", "length", "name", "opens", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "schedule_id", "weekdays") VALUES (NEW."closes", NEW."first_day", NEW."hand_over_at", NEW."id", NEW."kind", NEW."last_day", NEW."length", NEW."name", NEW."opens", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."position", NEW."schedule_id", NEW."weekdays"); RETURN NULL;', hash='d56552d820ac7c5bced8114af2c2949c11e98b87', operation='INSERT', pgid='pgtrigger_added_insert_1fd36', table='alerts_schedulelayer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schedulelayer',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_schedulelayerevent" ("closes", "first_day", "hand_over_at", "id", "kind", "last_day", "length", "name", "opens", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "schedule_id", "weekdays") VALUES (NEW."closes", NEW."first_day", NEW."hand_over_at", NEW."id", NEW."kind", NEW."last_day", NEW."length", NEW."name", NEW."opens", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."position", NEW."schedule_id", NEW."weekdays"); RETURN NULL;', hash='1a8eec5dc500d9e6b82a571ecd5ff08c6dbafe71', operation='UPDATE', pgid='pgtrigger_changed_update_b742e', table='alerts_schedulelayer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schedulelayer',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_schedulelayerevent" ("closes", "first_day", "hand_over_at", "id", "kind", "last_day", "length", "name", "opens", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "schedule_id", "weekdays") VALUES (OLD."closes", OLD."first_day", OLD."hand_over_at", OLD."id", OLD."kind", OLD."last_day", OLD."length", OLD."name", OLD."opens", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."position", OLD."schedule_id", OLD."weekdays"); RETURN NULL;', hash='5da211ab2a6c5511067830568de8a00cf27d8c50', operation='DELETE', pgid='pgtrigger_removed_delete_503c4', table='alerts_schedulelayer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participantevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='4176f2d99e905cb780f3301db1c94f6ace4657a6', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_96f78', table='alerts_participantevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participantevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='cca60266bdc0ef1dd940bdfc6cbe59bc0535745c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_72913', table='alerts_participantevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('layer', 'position'), name='participant_position'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participant',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_participantevent" ("id", "layer_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "user_id") VALUES (NEW."id", NEW."layer_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."position", NEW."user_id"); RETURN NULL;', hash='df64515ad869b06770e9d1db183e2b4b0576aed0', operation='INSERT', pgid='pgtrigger_added_insert_7c08a', table='alerts_participant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participant',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_participantevent" ("id", "layer_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "user_id") VALUES (NEW."id", NEW."layer_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."position", NEW."user_id"); RETURN NULL;', hash='846b8206a481e6629a3bbe5705b5b32c5eb6eb72', operation='UPDATE', pgid='pgtrigger_changed_update_21f6b', table='alerts_participant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='participant',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_participantevent" ("id", "layer_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "user_id") VALUES (OLD."id", OLD."layer_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."position", OLD."user_id"); RETURN NULL;', hash='9331e0273543d63776ebc608affbe99654e07a13', operation='DELETE', pgid='pgtrigger_removed_delete_c77ac', table='alerts_participant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schedulelayerevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='a5fed151f45bc3ef3aa59c33dec16808d1c9627f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_1231a', table='alerts_schedulelayerevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='schedulelayerevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c9885916b39ced74309a58cf5907bb75d58a3930', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c0302', table='alerts_schedulelayerevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='swap',
            constraint=models.CheckConstraint(condition=models.Q(('gives_until__gt', models.F('gives_from')), ('takes_until__gt', models.F('takes_from'))), name='swap_times_in_order'),
        ),
        migrations.AddConstraint(
            model_name='swap',
            constraint=models.CheckConstraint(condition=models.Q(('asker', models.F('taker')), _negated=True), name='swap_between_two_people'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='swap',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_swapevent" ("answered_at", "asked_at", "asker_id", "gives_from", "gives_until", "id", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "schedule_id", "state", "taker_id", "takes_from", "takes_until") VALUES (NEW."answered_at", NEW."asked_at", NEW."asker_id", NEW."gives_from", NEW."gives_until", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."schedule_id", NEW."state", NEW."taker_id", NEW."takes_from", NEW."takes_until"); RETURN NULL;', hash='4203cce226194d9eb6f692374743fc8658888802', operation='INSERT', pgid='pgtrigger_added_insert_643ed', table='alerts_swap', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='swap',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_swapevent" ("answered_at", "asked_at", "asker_id", "gives_from", "gives_until", "id", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "schedule_id", "state", "taker_id", "takes_from", "takes_until") VALUES (NEW."answered_at", NEW."asked_at", NEW."asker_id", NEW."gives_from", NEW."gives_until", NEW."id", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."schedule_id", NEW."state", NEW."taker_id", NEW."takes_from", NEW."takes_until"); RETURN NULL;', hash='336ce69a86aaf10f654e47037cbe2a35823aa588', operation='UPDATE', pgid='pgtrigger_changed_update_89fd5', table='alerts_swap', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='swap',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_swapevent" ("answered_at", "asked_at", "asker_id", "gives_from", "gives_until", "id", "note", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "schedule_id", "state", "taker_id", "takes_from", "takes_until") VALUES (OLD."answered_at", OLD."asked_at", OLD."asker_id", OLD."gives_from", OLD."gives_until", OLD."id", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."schedule_id", OLD."state", OLD."taker_id", OLD."takes_from", OLD."takes_until"); RETURN NULL;', hash='1ab23668d0a57b1b0077410074060f2418c05c11', operation='DELETE', pgid='pgtrigger_removed_delete_5ceb1', table='alerts_swap', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='swapevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='f0710eccda4f6da99cee0b02c427f56c29a55378', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_4feaf', table='alerts_swapevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='swapevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='9a24ea78ae643b679ba7882951d249ae940c2eb4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0c92a', table='alerts_swapevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_teamevent" ("id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id"); RETURN NULL;', hash='67033566e5f0ae53a355e6941a760d854bd8a1ba', operation='INSERT', pgid='pgtrigger_added_insert_89956', table='alerts_team', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_teamevent" ("id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id"); RETURN NULL;', hash='d36c2000e74780c39c0c2179efde934127e54086', operation='UPDATE', pgid='pgtrigger_changed_update_74231', table='alerts_team', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='team',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_teamevent" ("id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id"); RETURN NULL;', hash='ae0e61d58750a66e3a8f5308ffb765a4d4999cb9', operation='DELETE', pgid='pgtrigger_removed_delete_d38a1', table='alerts_team', when='AFTER')),
        ),
        migrations.CreateModel(
            name='TeamMember',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('alerts.team_members',),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teamevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='6c2cad02d4a39735a1363c9a142ce9fc53b660d1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_3aaee', table='alerts_teamevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teamevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3d3f28b42280284da94c023f3d12228769f6d7d0', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c5b20', table='alerts_teamevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teammemberevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='06d8e4b624f31e7ca4d7b381a9a720ce7761e1d7', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9f27b', table='alerts_teammemberevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teammemberevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='63f575476f948e01e6c84f9fa1b27ca301f3587e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_76754', table='alerts_teammemberevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='verification',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('sent_at'))), name='verification_expires_later'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepuser',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policystepuserevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "policystep_id", "user_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."policystep_id", NEW."user_id"); RETURN NULL;', hash='c33c2c7d78afe53ed2b9224f03891c47728f3b90', operation='INSERT', pgid='pgtrigger_added_insert_77622', table='alerts_policystep_users', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepuser',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policystepuserevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "policystep_id", "user_id") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."policystep_id", OLD."user_id"); RETURN NULL;', hash='4fcceb2ebd6f0743b7e49ce8dff790a51164f6ae', operation='DELETE', pgid='pgtrigger_removed_delete_ea5cf', table='alerts_policystep_users', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teammember',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_teammemberevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "team_id", "user_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."team_id", NEW."user_id"); RETURN NULL;', hash='ac1889860afb9ac0864bb47b0c508214f67a9c34', operation='INSERT', pgid='pgtrigger_added_insert_090bc', table='alerts_team_members', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='teammember',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_teammemberevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "team_id", "user_id") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."team_id", OLD."user_id"); RETURN NULL;', hash='43a5d37e222d0af2061821fc484bec3023b3af70', operation='DELETE', pgid='pgtrigger_removed_delete_64c39', table='alerts_team_members', when='AFTER')),
        ),
    ]
