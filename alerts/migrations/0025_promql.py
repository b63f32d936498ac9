import django.core.validators
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0024_old_presses_leave'),
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
        migrations.CreateModel(
            name='PrometheusServer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('url', models.URLField()),
                ('timeout_seconds', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)])),
                ('secret', models.BinaryField(default=b'')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='PrometheusServerEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('url', models.URLField()),
                ('timeout_seconds', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)])),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='QueryState',
            fields=[
                ('rule', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='asked', serialize=False, to='alerts.rule')),
                ('due_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('seconds', models.FloatField(default=0.0)),
                ('series', models.PositiveIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='rule',
            name='rule_window_given',
        ),
        migrations.AddField(
            model_name='rule',
            name='query',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='rule',
            name='query_seconds',
            field=models.PositiveIntegerField(blank=True, default=15),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='query',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='query_seconds',
            field=models.PositiveIntegerField(blank=True, default=15),
        ),
        migrations.AlterField(
            model_name='rule',
            name='aggregate',
            field=models.CharField(choices=[('last', 'last value'), ('avg', 'average'), ('min', 'minimum'), ('max', 'maximum'), ('sum', 'sum'), ('count', 'number of samples'), ('rate', 'change per second'), ('change', 'change'), ('deviation', 'standard deviations from its own history'), ('quantile', 'quantile within its own history'), ('absent', 'seconds of silence'), ('present', 'anything in the answer of the query')], default='last', max_length=10),
        ),
        migrations.AlterField(
            model_name='rule',
            name='metric',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AlterField(
            model_name='ruleevent',
            name='aggregate',
            field=models.CharField(choices=[('last', 'last value'), ('avg', 'average'), ('min', 'minimum'), ('max', 'maximum'), ('sum', 'sum'), ('count', 'number of samples'), ('rate', 'change per second'), ('change', 'change'), ('deviation', 'standard deviations from its own history'), ('quantile', 'quantile within its own history'), ('absent', 'seconds of silence'), ('present', 'anything in the answer of the query')], default='last', max_length=10),
        ),
        migrations.AlterField(
            model_name='ruleevent',
            name='metric',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='rule',
            name='server',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='alerts.prometheusserver'),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='server',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.prometheusserver'),
        ),
        migrations.AddField(
            model_name='prometheusserverevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.prometheusserver'),
        ),
        migrations.AddConstraint(
            model_name='prometheusserver',
            constraint=models.CheckConstraint(condition=models.Q(('timeout_seconds__range', (1, 60))), name='server_timeout_bounded'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('aggregate__in', ['last', 'absent', 'present']), ('window_seconds__gt', 0), _connector='OR'), name='rule_window_given'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('metric', ''), _negated=True), name='rule_has_a_metric'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('query', ''), ('server__isnull', True)), models.Q(models.Q(('query', ''), _negated=True), ('server__isnull', False)), _connector='OR'), name='rule_query_has_a_server'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('aggregate', 'present'), _negated=True), models.Q(('query', ''), _negated=True), _connector='OR'), name='rule_presence_of_a_query'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.CheckConstraint(condition=models.Q(('query_seconds__range', (1, 86400))), name='rule_query_seconds_bounded'),
        ),
        migrations.AddConstraint(
            model_name='rule',
            constraint=models.UniqueConstraint(condition=models.Q(('query', ''), _negated=True), fields=('metric',), name='rule_answers_are_its_own'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='next_version', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."aggregate" IS DISTINCT FROM (NEW."aggregate") OR OLD."calendar_id" IS DISTINCT FROM (NEW."calendar_id") OR OLD."clear_threshold" IS DISTINCT FROM (NEW."clear_threshold") OR OLD."comparison" IS DISTINCT FROM (NEW."comparison") OR OLD."composite" IS DISTINCT FROM (NEW."composite") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."enabled" IS DISTINCT FROM (NEW."enabled") OR OLD."flap_count" IS DISTINCT FROM (NEW."flap_count") OR OLD."flap_seconds" IS DISTINCT FROM (NEW."flap_seconds") OR OLD."for_seconds" IS DISTINCT FROM (NEW."for_seconds") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."keep_firing_seconds" IS DISTINCT FROM (NEW."keep_firing_seconds") OR OLD."labels" IS DISTINCT FROM (NEW."labels") OR OLD."matchers" IS DISTINCT FROM (NEW."matchers") OR OLD."metric" IS DISTINCT FROM (NEW."metric") OR OLD."min_samples" IS DISTINCT FROM (NEW."min_samples") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."no_data" IS DISTINCT FROM (NEW."no_data") OR OLD."no_data_seconds" IS DISTINCT FROM (NEW."no_data_seconds") OR OLD."on_error" IS DISTINCT FROM (NEW."on_error") OR OLD."policy_id" IS DISTINCT FROM (NEW."policy_id") OR OLD."query" IS DISTINCT FROM (NEW."query") OR OLD."query_seconds" IS DISTINCT FROM (NEW."query_seconds") OR OLD."runbook_url" IS DISTINCT FROM (NEW."runbook_url") OR OLD."samples_metric" IS DISTINCT FROM (NEW."samples_metric") OR OLD."server_id" IS DISTINCT FROM (NEW."server_id") OR OLD."severity" IS DISTINCT FROM (NEW."severity") OR OLD."threshold" IS DISTINCT FROM (NEW."threshold") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."window_seconds" IS DISTINCT FROM (NEW."window_seconds"))', func='NEW.version = OLD.version + 1; RETURN NEW;', hash='10e9a83f6f6d2404435f5357f394b078991a140a', operation='UPDATE', pgid='pgtrigger_next_version_e4355', table='alerts_rule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_ruleevent" ("aggregate", "calendar_id", "change_reason", "clear_threshold", "comparison", "composite", "description", "enabled", "flap_count", "flap_seconds", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "on_error", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "query", "query_seconds", "runbook_url", "samples_metric", "server_id", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (NEW."aggregate", NEW."calendar_id", NEW."change_reason", NEW."clear_threshold", NEW."comparison", NEW."composite", NEW."description", NEW."enabled", NEW."flap_count", NEW."flap_seconds", NEW."for_seconds", NEW."id", NEW."keep_firing_seconds", NEW."labels", NEW."matchers", NEW."metric", NEW."min_samples", NEW."name", NEW."no_data", NEW."no_data_seconds", NEW."on_error", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."policy_id", NEW."query", NEW."query_seconds", NEW."runbook_url", NEW."samples_metric", NEW."server_id", NEW."severity", NEW."threshold", NEW."title", NEW."updated_at", NEW."version", NEW."window_seconds"); RETURN NULL;', hash='a63e37a453ccace1294ce25d34dc9d86de9df3f6', operation='INSERT', pgid='pgtrigger_added_insert_d97f1', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_ruleevent" ("aggregate", "calendar_id", "change_reason", "clear_threshold", "comparison", "composite", "description", "enabled", "flap_count", "flap_seconds", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "on_error", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "query", "query_seconds", "runbook_url", "samples_metric", "server_id", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (NEW."aggregate", NEW."calendar_id", NEW."change_reason", NEW."clear_threshold", NEW."comparison", NEW."composite", NEW."description", NEW."enabled", NEW."flap_count", NEW."flap_seconds", NEW."for_seconds", NEW."id", NEW."keep_firing_seconds", NEW."labels", NEW."matchers", NEW."metric", NEW."min_samples", NEW."name", NEW."no_data", NEW."no_data_seconds", NEW."on_error", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."policy_id", NEW."query", NEW."query_seconds", NEW."runbook_url", NEW."samples_metric", NEW."server_id", NEW."severity", NEW."threshold", NEW."title", NEW."updated_at", NEW."version", NEW."window_seconds"); RETURN NULL;', hash='a4fef01e247e846f4619a7be4a3c705fdb3c655c', operation='UPDATE', pgid='pgtrigger_changed_update_488be', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_ruleevent" ("aggregate", "calendar_id", "change_reason", "clear_threshold", "comparison", "composite", "description", "enabled", "flap_count", "flap_seconds", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "on_error", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "query", "query_seconds", "runbook_url", "samples_metric", "server_id", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (OLD."aggregate", OLD."calendar_id", OLD."change_reason", OLD."clear_threshold", OLD."comparison", OLD."composite", OLD."description", OLD."enabled", OLD."flap_count", OLD."flap_seconds", OLD."for_seconds", OLD."id", OLD."keep_firing_seconds", OLD."labels", OLD."matchers", OLD."metric", OLD."min_samples", OLD."name", OLD."no_data", OLD."no_data_seconds", OLD."on_error", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."policy_id", OLD."query", OLD."query_seconds", OLD."runbook_url", OLD."samples_metric", OLD."server_id", OLD."severity", OLD."threshold", OLD."title", OLD."updated_at", OLD."version", OLD."window_seconds"); RETURN NULL;', hash='177a5011a6dd79c1f72d8628119f24c6dab4d88e', operation='DELETE', pgid='pgtrigger_removed_delete_6216b', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prometheusserver',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_prometheusserverevent" ("id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "timeout_seconds", "url") VALUES (NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."timeout_seconds", NEW."url"); RETURN NULL;', hash='faf578586bf5072b963dec9cb577474c4a26b23f', operation='INSERT', pgid='pgtrigger_added_insert_7fcc2', table='alerts_prometheusserver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prometheusserver',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."timeout_seconds" IS DISTINCT FROM (NEW."timeout_seconds") OR OLD."url" IS DISTINCT FROM (NEW."url"))', func='INSERT INTO "alerts_prometheusserverevent" ("id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "timeout_seconds", "url") VALUES (NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."timeout_seconds", NEW."url"); RETURN NULL;', hash='1dd00a8aaeadb4a1c74467f10af1799aa66ef027', operation='UPDATE', pgid='pgtrigger_changed_update_8a5a3', table='alerts_prometheusserver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prometheusserver',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_prometheusserverevent" ("id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "timeout_seconds", "url") VALUES (OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."timeout_seconds", OLD."url"); RETURN NULL;', hash='8996e60abf45f1ebcba4d94123098b94155d9acd', operation='DELETE', pgid='pgtrigger_removed_delete_35fd0', table='alerts_prometheusserver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prometheusserverevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='d34b87fd9a3290efefbf7fe306f94b92cff13837', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_c7414', table='alerts_prometheusserverevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='prometheusserverevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c847181ae091f4f573c90dd5c0f80a486e043f31', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c9a20', table='alerts_prometheusserverevent', when='BEFORE')),
        ),
    ]
