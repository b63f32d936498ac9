import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0003_history'),
    ]

    operations = [
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
        migrations.AddField(
            model_name='rule',
            name='clear_threshold',
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='rule',
            name='composite',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='rule',
            name='flap_count',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='rule',
            name='flap_seconds',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='rule',
            name='on_error',
            field=models.CharField(choices=[('nodata', 'alert as no data'), ('alert', 'alert as if the condition held'), ('keep', 'keep the last state'), ('ignore', 'show it, do not alert')], default='nodata', max_length=10),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='clear_threshold',
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='composite',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='flap_count',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='flap_seconds',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='on_error',
            field=models.CharField(choices=[('nodata', 'alert as no data'), ('alert', 'alert as if the condition held'), ('keep', 'keep the last state'), ('ignore', 'show it, do not alert')], default='nodata', max_length=10),
        ),
        migrations.AddField(
            model_name='ruleinstance',
            name='onsets',
            field=models.JSONField(default=list),
        ),
        migrations.AlterField(
            model_name='rule',
            name='aggregate',
            field=models.CharField(choices=[('last', 'last value'), ('avg', 'average'), ('min', 'minimum'), ('max', 'maximum'), ('sum', 'sum'), ('count', 'number of samples'), ('rate', 'change per second'), ('change', 'change'), ('deviation', 'standard deviations from its own history'), ('absent', 'seconds of silence')], default='last', max_length=10),
        ),
        migrations.AlterField(
            model_name='ruleevent',
            name='aggregate',
            field=models.CharField(choices=[('last', 'last value'), ('avg', 'average'), ('min', 'minimum'), ('max', 'maximum'), ('sum', 'sum'), ('count', 'number of samples'), ('rate', 'change per second'), ('change', 'change'), ('deviation', 'standard deviations from its own history'), ('absent', 'seconds of silence')], default='last', max_length=10),
        ),
        migrations.AlterField(
            model_name='ruleinstance',
            name='state',
            field=models.CharField(choices=[('ok', 'Ok'), ('pending', 'Pending'), ('firing', 'Firing'), ('keeping', 'Keeping'), ('nodata', 'Nodata'), ('error', 'Error')], default='ok', max_length=10),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='next_version', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."aggregate" IS DISTINCT FROM (NEW."aggregate") OR OLD."clear_threshold" IS DISTINCT FROM (NEW."clear_threshold") OR OLD."comparison" IS DISTINCT FROM (NEW."comparison") OR OLD."composite" IS DISTINCT FROM (NEW."composite") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."enabled" IS DISTINCT FROM (NEW."enabled") OR OLD."flap_count" IS DISTINCT FROM (NEW."flap_count") OR OLD."flap_seconds" IS DISTINCT FROM (NEW."flap_seconds") OR OLD."for_seconds" IS DISTINCT FROM (NEW."for_seconds") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."keep_firing_seconds" IS DISTINCT FROM (NEW."keep_firing_seconds") OR OLD."labels" IS DISTINCT FROM (NEW."labels") OR OLD."matchers" IS DISTINCT FROM (NEW."matchers") OR OLD."metric" IS DISTINCT FROM (NEW."metric") OR OLD."min_samples" IS DISTINCT FROM (NEW."min_samples") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."no_data" IS DISTINCT FROM (NEW."no_data") OR OLD."no_data_seconds" IS DISTINCT FROM (NEW."no_data_seconds") OR OLD."on_error" IS DISTINCT FROM (NEW."on_error") OR OLD."policy_id" IS DISTINCT FROM (NEW."policy_id") OR OLD."runbook_url" IS DISTINCT FROM (NEW."runbook_url") OR OLD."samples_metric" IS DISTINCT FROM (NEW."samples_metric") OR OLD."severity" IS DISTINCT FROM (NEW."severity") OR OLD."threshold" IS DISTINCT FROM (NEW."threshold") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."window_seconds" IS DISTINCT FROM (NEW."window_seconds"))', func='NEW.version = OLD.version + 1; RETURN NEW;', hash='f1387fc41b65356ad914f10cf77a1d8106d31af2', operation='UPDATE', pgid='pgtrigger_next_version_e4355', table='alerts_rule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_ruleevent" ("aggregate", "change_reason", "clear_threshold", "comparison", "composite", "description", "enabled", "flap_count", "flap_seconds", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "on_error", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "runbook_url", "samples_metric", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (NEW."aggregate", NEW."change_reason", NEW."clear_threshold", NEW."comparison", NEW."composite", NEW."description", NEW."enabled", NEW."flap_count", NEW."flap_seconds", NEW."for_seconds", NEW."id", NEW."keep_firing_seconds", NEW."labels", NEW."matchers", NEW."metric", NEW."min_samples", NEW."name", NEW."no_data", NEW."no_data_seconds", NEW."on_error", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."policy_id", NEW."runbook_url", NEW."samples_metric", NEW."severity", NEW."threshold", NEW."title", NEW."updated_at", NEW."version", NEW."window_seconds"); RETURN NULL;', hash='5aea108adeb1b5e44925d979b3a7c1e3db191057', operation='INSERT', pgid='pgtrigger_added_insert_d97f1', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_ruleevent" ("aggregate", "change_reason", "clear_threshold", "comparison", "composite", "description", "enabled", "flap_count", "flap_seconds", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "on_error", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "runbook_url", "samples_metric", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (NEW."aggregate", NEW."change_reason", NEW."clear_threshold", NEW."comparison", NEW."composite", NEW."description", NEW."enabled", NEW."flap_count", NEW."flap_seconds", NEW."for_seconds", NEW."id", NEW."keep_firing_seconds", NEW."labels", NEW."matchers", NEW."metric", NEW."min_samples", NEW."name", NEW."no_data", NEW."no_data_seconds", NEW."on_error", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."policy_id", NEW."runbook_url", NEW."samples_metric", NEW."severity", NEW."threshold", NEW."title", NEW."updated_at", NEW."version", NEW."window_seconds"); RETURN NULL;', hash='21ec1f8f850d44674c6966b09c8df800aef8844c', operation='UPDATE', pgid='pgtrigger_changed_update_488be', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_ruleevent" ("aggregate", "change_reason", "clear_threshold", "comparison", "composite", "description", "enabled", "flap_count", "flap_seconds", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "on_error", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "runbook_url", "samples_metric", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (OLD."aggregate", OLD."change_reason", OLD."clear_threshold", OLD."comparison", OLD."composite", OLD."description", OLD."enabled", OLD."flap_count", OLD."flap_seconds", OLD."for_seconds", OLD."id", OLD."keep_firing_seconds", OLD."labels", OLD."matchers", OLD."metric", OLD."min_samples", OLD."name", OLD."no_data", OLD."no_data_seconds", OLD."on_error", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."policy_id", OLD."runbook_url", OLD."samples_metric", OLD."severity", OLD."threshold", OLD."title", OLD."updated_at", OLD."version", OLD."window_seconds"); RETURN NULL;', hash='98a8ccb9698690a3d2a2c26ca6b273a60ac0a41b', operation='DELETE', pgid='pgtrigger_removed_delete_6216b', table='alerts_rule', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('clear_threshold', None), models.Q(('clear_threshold__gte', models.F('threshold')), ('comparison__in', ['<', '<='])), models.Q(('clear_threshold__lte', models.F('threshold')), ('comparison__in', ['>', '>='])), _connector='OR'), name='rule_clears_on_the_safe_side'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('flap_count', 0), models.Q(('flap_count__range', (2, 20)), ('flap_seconds__gt', 0)), _connector='OR'), name='rule_flapping_has_a_time'),
        ),
    ]
