import alerts.models.oncall
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0019_feeds_and_lent_secrets'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='route',
            name='added_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='route',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='route',
            name='removed_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='rule',
            name='next_version',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='rule',
            name='added_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='rule',
            name='changed_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='rule',
            name='removed_delete',
        ),
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('zone', models.CharField(default='UTC', max_length=60, validators=[alerts.models.oncall.check_zone])),
                ('opened', models.TextField(blank=True)),
                ('closed', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='CalendarEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('zone', models.CharField(default='UTC', max_length=60, validators=[alerts.models.oncall.check_zone])),
                ('opened', models.TextField(blank=True)),
                ('closed', models.TextField(blank=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.AlterField(
            model_name='rule',
            name='aggregate',
            field=models.CharField(choices=[('last', 'last value'), ('avg', 'average'), ('min', 'minimum'), ('max', 'maximum'), ('sum', 'sum'), ('count', 'number of samples'), ('rate', 'change per second'), ('change', 'change'), ('deviation', 'standard deviations from its own history'), ('quantile', 'quantile within its own history'), ('absent', 'seconds of silence')], default='last', max_length=10),
        ),
        migrations.AlterField(
            model_name='ruleevent',
            name='aggregate',
            field=models.CharField(choices=[('last', 'last value'), ('avg', 'average'), ('min', 'minimum'), ('max', 'maximum'), ('sum', 'sum'), ('count', 'number of samples'), ('rate', 'change per second'), ('change', 'change'), ('deviation', 'standard deviations from its own history'), ('quantile', 'quantile within its own history'), ('absent', 'seconds of silence')], default='last', max_length=10),
        ),
        migrations.AddField(
            model_name='route',
            name='active_calendar',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='active', to='alerts.calendar'),
        ),
        migrations.AddField(
            model_name='route',
            name='mute_calendar',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='muted', to='alerts.calendar'),
        ),
        migrations.AddField(
            model_name='routeevent',
            name='active_calendar',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.calendar'),
        ),
        migrations.AddField(
            model_name='routeevent',
            name='mute_calendar',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.calendar'),
        ),
        migrations.AddField(
            model_name='rule',
            name='calendar',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='alerts.calendar'),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='calendar',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.calendar'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('parent__isnull', False), models.Q(('active_calendar__isnull', True), ('mute_calendar__isnull', True)), _connector='OR'), name='route_root_is_never_muted'),
        ),
        migrations.AddField(
            model_name='calendarevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.calendar'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='route',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routeevent" ("active_calendar_id", "continues", "group_by", "id", "interval_seconds", "matchers", "mute_calendar_id", "name", "nobody", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position", "repeat_seconds", "wait_seconds") VALUES (NEW."active_calendar_id", NEW."continues", NEW."group_by", NEW."id", NEW."interval_seconds", NEW."matchers", NEW."mute_calendar_id", NEW."name", NEW."nobody", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."policy_id", NEW."position", NEW."repeat_seconds", NEW."wait_seconds"); RETURN NULL;', hash='4203bac05852e937379844595bb35a807375bb7b', operation='INSERT', pgid='pgtrigger_added_insert_0cab7', table='alerts_route', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='route',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_routeevent" ("active_calendar_id", "continues", "group_by", "id", "interval_seconds", "matchers", "mute_calendar_id", "name", "nobody", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position", "repeat_seconds", "wait_seconds") VALUES (NEW."active_calendar_id", NEW."continues", NEW."group_by", NEW."id", NEW."interval_seconds", NEW."matchers", NEW."mute_calendar_id", NEW."name", NEW."nobody", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."policy_id", NEW."position", NEW."repeat_seconds", NEW."wait_seconds"); RETURN NULL;', hash='16601f40759fe9b6852f36fbab17780c557a9c78', operation='UPDATE', pgid='pgtrigger_changed_update_3ea6a', table='alerts_route', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='route',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routeevent" ("active_calendar_id", "continues", "group_by", "id", "interval_seconds", "matchers", "mute_calendar_id", "name", "nobody", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position", "repeat_seconds", "wait_seconds") VALUES (OLD."active_calendar_id", OLD."continues", OLD."group_by", OLD."id", OLD."interval_seconds", OLD."matchers", OLD."mute_calendar_id", OLD."name", OLD."nobody", OLD."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."policy_id", OLD."position", OLD."repeat_seconds", OLD."wait_seconds"); RETURN NULL;', hash='afd1e3a3a71b218267d0d9260317bdefd2460a3b', operation='DELETE', pgid='pgtrigger_removed_delete_e0ae9', table='alerts_route', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='next_version', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."aggregate" IS DISTINCT FROM (NEW."aggregate") OR OLD."calendar_id" IS DISTINCT FROM (NEW."calendar_id") OR OLD."clear_threshold" IS DISTINCT FROM (NEW."clear_threshold") OR OLD."comparison" IS DISTINCT FROM (NEW."comparison") OR OLD."composite" IS DISTINCT FROM (NEW."composite") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."enabled" IS DISTINCT FROM (NEW."enabled") OR OLD."flap_count" IS DISTINCT FROM (NEW."flap_count") OR OLD."flap_seconds" IS DISTINCT FROM (NEW."flap_seconds") OR OLD."for_seconds" IS DISTINCT FROM (NEW."for_seconds") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."keep_firing_seconds" IS DISTINCT FROM (NEW."keep_firing_seconds") OR OLD."labels" IS DISTINCT FROM (NEW."labels") OR OLD."matchers" IS DISTINCT FROM (NEW."matchers") OR OLD."metric" IS DISTINCT FROM (NEW."metric") OR OLD."min_samples" IS DISTINCT FROM (NEW."min_samples") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."no_data" IS DISTINCT FROM (NEW."no_data") OR OLD."no_data_seconds" IS DISTINCT FROM (NEW."no_data_seconds") OR OLD."on_error" IS DISTINCT FROM (NEW."on_error") OR OLD."policy_id" IS DISTINCT FROM (NEW."policy_id") OR OLD."runbook_url" IS DISTINCT FROM (NEW."runbook_url") OR OLD."samples_metric" IS DISTINCT FROM (NEW."samples_metric") OR OLD."severity" IS DISTINCT FROM (NEW."severity") OR OLD."threshold" IS DISTINCT FROM (NEW."threshold") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."window_seconds" IS DISTINCT FROM (NEW."window_seconds"))', func='NEW.version = OLD.version + 1; RETURN NEW;', hash='c1865fa55a4124336c7a28d424385b8e7b55988b', operation='UPDATE', pgid='pgtrigger_next_version_e4355', table='alerts_rule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_ruleevent" ("aggregate", "calendar_id", "change_reason", "clear_threshold", "comparison", "composite", "description", "enabled", "flap_count", "flap_seconds", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "on_error", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "runbook_url", "samples_metric", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (NEW."aggregate", NEW."calendar_id", NEW."change_reason", NEW."clear_threshold", NEW."comparison", NEW."composite", NEW."description", NEW."enabled", NEW."flap_count", NEW."flap_seconds", NEW."for_seconds", NEW."id", NEW."keep_firing_seconds", NEW."labels", NEW."matchers", NEW."metric", NEW."min_samples", NEW."name", NEW."no_data", NEW."no_data_seconds", NEW."on_error", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."policy_id", NEW."runbook_url", NEW."samples_metric", NEW."severity", NEW."threshold", NEW."title", NEW."updated_at", NEW."version", NEW."window_seconds"); RETURN NULL;', hash='63660d0d7f26461b71673f898538b51e4d1e4368', operation='INSERT', pgid='pgtrigger_added_insert_d97f1', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_ruleevent" ("aggregate", "calendar_id", "change_reason", "clear_threshold", "comparison", "composite", "description", "enabled", "flap_count", "flap_seconds", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "on_error", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "runbook_url", "samples_metric", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (NEW."aggregate", NEW."calendar_id", NEW."change_reason", NEW."clear_threshold", NEW."comparison", NEW."composite", NEW."description", NEW."enabled", NEW."flap_count", NEW."flap_seconds", NEW."for_seconds", NEW."id", NEW."keep_firing_seconds", NEW."labels", NEW."matchers", NEW."metric", NEW."min_samples", NEW."name", NEW."no_data", NEW."no_data_seconds", NEW."on_error", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."policy_id", NEW."runbook_url", NEW."samples_metric", NEW."severity", NEW."threshold", NEW."title", NEW."updated_at", NEW."version", NEW."window_seconds"); RETURN NULL;', hash='5aa0844fe246feeffd0df9d1730cab39cea74aab', operation='UPDATE', pgid='pgtrigger_changed_update_488be', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_ruleevent" ("aggregate", "calendar_id", "change_reason", "clear_threshold", "comparison", "composite", "description", "enabled", "flap_count", "flap_seconds", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "on_error", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "runbook_url", "samples_metric", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (OLD."aggregate", OLD."calendar_id", OLD."change_reason", OLD."clear_threshold", OLD."comparison", OLD."composite", OLD."description", OLD."enabled", OLD."flap_count", OLD."flap_seconds", OLD."for_seconds", OLD."id", OLD."keep_firing_seconds", OLD."labels", OLD."matchers", OLD."metric", OLD."min_samples", OLD."name", OLD."no_data", OLD."no_data_seconds", OLD."on_error", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."policy_id", OLD."runbook_url", OLD."samples_metric", OLD."severity", OLD."threshold", OLD."title", OLD."updated_at", OLD."version", OLD."window_seconds"); RETURN NULL;', hash='ca3c045b7d63b687ad0da7583884aa645334c7d1', operation='DELETE', pgid='pgtrigger_removed_delete_6216b', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calendar',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_calendarevent" ("closed", "id", "name", "opened", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "zone") VALUES (NEW."closed", NEW."id", NEW."name", NEW."opened", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."zone"); RETURN NULL;', hash='ce584484291c54c541263b20aa7ee37ca0dab303', operation='INSERT', pgid='pgtrigger_added_insert_9765a', table='alerts_calendar', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calendar',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_calendarevent" ("closed", "id", "name", "opened", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "zone") VALUES (NEW."closed", NEW."id", NEW."name", NEW."opened", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."zone"); RETURN NULL;', hash='94b5d78fa05bfb3ab3be0c6e13994df3e8ef36ac', operation='UPDATE', pgid='pgtrigger_changed_update_b8977', table='alerts_calendar', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calendar',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_calendarevent" ("closed", "id", "name", "opened", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "zone") VALUES (OLD."closed", OLD."id", OLD."name", OLD."opened", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."zone"); RETURN NULL;', hash='cacda87ea2a26e3d45819f2dce44284ebf023cee', operation='DELETE', pgid='pgtrigger_removed_delete_3bc17', table='alerts_calendar', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calendarevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='edaf2fab3fde80b45262385d16c66312a204467b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_315a1', table='alerts_calendarevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='calendarevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='110a0ced066683c2e602b0d563a697833d354656', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4fd2c', table='alerts_calendarevent', when='BEFORE')),
        ),
    ]
