import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0002_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='PolicyEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('repeat', models.PositiveSmallIntegerField(default=0)),
                ('is_default', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='PolicyStepEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('delay_seconds', models.PositiveIntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='PolicyStepReceiverEvent',
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
            name='ReceiverEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=[('email', 'E-mail'), ('slack', 'Slack incoming webhook')], max_length=10)),
                ('address', models.CharField(blank=True, max_length=254)),
                ('enabled', models.BooleanField(default=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='RuleEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.SlugField(db_index=False)),
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
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='PolicyStepReceiver',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('alerts.policystep_receivers',),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policy',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policyevent" ("id", "is_default", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "repeat") VALUES (NEW."id", NEW."is_default", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."repeat"); RETURN NULL;', hash='cd3612d5de627684d157b952d911e91211fcb8a4', operation='INSERT', pgid='pgtrigger_added_insert_91a91', table='alerts_policy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policy',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_policyevent" ("id", "is_default", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "repeat") VALUES (NEW."id", NEW."is_default", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."repeat"); RETURN NULL;', hash='8259ce5069b5a47c8a0af792fc0e663486c6bba6', operation='UPDATE', pgid='pgtrigger_changed_update_74f1c', table='alerts_policy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policy',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policyevent" ("id", "is_default", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "repeat") VALUES (OLD."id", OLD."is_default", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."repeat"); RETURN NULL;', hash='4ec482629e7ba6c7cd8a0dfcf7d837a2ad7debb2', operation='DELETE', pgid='pgtrigger_removed_delete_d3384', table='alerts_policy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystep',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policystepevent" ("delay_seconds", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position") VALUES (NEW."delay_seconds", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."policy_id", NEW."position"); RETURN NULL;', hash='eca7a6217c0b5bd32af12648689033d55e631b28', operation='INSERT', pgid='pgtrigger_added_insert_fdf7f', table='alerts_policystep', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystep',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_policystepevent" ("delay_seconds", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position") VALUES (NEW."delay_seconds", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."policy_id", NEW."position"); RETURN NULL;', hash='da8a4fd279403c4b64a4a7d47f8b5bf561c24795', operation='UPDATE', pgid='pgtrigger_changed_update_b6a7b', table='alerts_policystep', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystep',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policystepevent" ("delay_seconds", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position") VALUES (OLD."delay_seconds", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."policy_id", OLD."position"); RETURN NULL;', hash='85f4144ae31e028da4a1091b354beebb5f5f9467', operation='DELETE', pgid='pgtrigger_removed_delete_b40dc', table='alerts_policystep', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "id", "kind", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."address", NEW."enabled", NEW."id", NEW."kind", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id"); RETURN NULL;', hash='a9884ce47a7066f6709251ac93f7364e9ee7d40f', operation='INSERT', pgid='pgtrigger_added_insert_c913e', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."enabled" IS DISTINCT FROM (NEW."enabled") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name"))', func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "id", "kind", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."address", NEW."enabled", NEW."id", NEW."kind", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id"); RETURN NULL;', hash='116dcbf666aafb59053e0300d9f86ec7c46d46c6', operation='UPDATE', pgid='pgtrigger_changed_update_5ee1f', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "id", "kind", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."address", OLD."enabled", OLD."id", OLD."kind", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id"); RETURN NULL;', hash='4fbfe1b999552a607a516f64cd41bc1fbbdc64fa', operation='DELETE', pgid='pgtrigger_removed_delete_c0e9a', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='next_version', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."aggregate" IS DISTINCT FROM (NEW."aggregate") OR OLD."comparison" IS DISTINCT FROM (NEW."comparison") OR OLD."description" IS DISTINCT FROM (NEW."description") OR OLD."enabled" IS DISTINCT FROM (NEW."enabled") OR OLD."for_seconds" IS DISTINCT FROM (NEW."for_seconds") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."keep_firing_seconds" IS DISTINCT FROM (NEW."keep_firing_seconds") OR OLD."labels" IS DISTINCT FROM (NEW."labels") OR OLD."matchers" IS DISTINCT FROM (NEW."matchers") OR OLD."metric" IS DISTINCT FROM (NEW."metric") OR OLD."min_samples" IS DISTINCT FROM (NEW."min_samples") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."no_data" IS DISTINCT FROM (NEW."no_data") OR OLD."no_data_seconds" IS DISTINCT FROM (NEW."no_data_seconds") OR OLD."policy_id" IS DISTINCT FROM (NEW."policy_id") OR OLD."runbook_url" IS DISTINCT FROM (NEW."runbook_url") OR OLD."samples_metric" IS DISTINCT FROM (NEW."samples_metric") OR OLD."severity" IS DISTINCT FROM (NEW."severity") OR OLD."threshold" IS DISTINCT FROM (NEW."threshold") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."window_seconds" IS DISTINCT FROM (NEW."window_seconds"))', func='NEW.version = OLD.version + 1; RETURN NEW;', hash='90cb945709f2fe2e53d979f87f6d2e0a2fb3bf88', operation='UPDATE', pgid='pgtrigger_next_version_e4355', table='alerts_rule', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_ruleevent" ("aggregate", "change_reason", "comparison", "description", "enabled", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "runbook_url", "samples_metric", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (NEW."aggregate", NEW."change_reason", NEW."comparison", NEW."description", NEW."enabled", NEW."for_seconds", NEW."id", NEW."keep_firing_seconds", NEW."labels", NEW."matchers", NEW."metric", NEW."min_samples", NEW."name", NEW."no_data", NEW."no_data_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."policy_id", NEW."runbook_url", NEW."samples_metric", NEW."severity", NEW."threshold", NEW."title", NEW."updated_at", NEW."version", NEW."window_seconds"); RETURN NULL;', hash='270166f3394ae68957ff2cd18ee9f262a1d20a10', operation='INSERT', pgid='pgtrigger_added_insert_d97f1', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_ruleevent" ("aggregate", "change_reason", "comparison", "description", "enabled", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "runbook_url", "samples_metric", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (NEW."aggregate", NEW."change_reason", NEW."comparison", NEW."description", NEW."enabled", NEW."for_seconds", NEW."id", NEW."keep_firing_seconds", NEW."labels", NEW."matchers", NEW."metric", NEW."min_samples", NEW."name", NEW."no_data", NEW."no_data_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."policy_id", NEW."runbook_url", NEW."samples_metric", NEW."severity", NEW."threshold", NEW."title", NEW."updated_at", NEW."version", NEW."window_seconds"); RETURN NULL;', hash='668c1533432646060f688d3312411a132f27ab17', operation='UPDATE', pgid='pgtrigger_changed_update_488be', table='alerts_rule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rule',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_ruleevent" ("aggregate", "change_reason", "comparison", "description", "enabled", "for_seconds", "id", "keep_firing_seconds", "labels", "matchers", "metric", "min_samples", "name", "no_data", "no_data_seconds", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "runbook_url", "samples_metric", "severity", "threshold", "title", "updated_at", "version", "window_seconds") VALUES (OLD."aggregate", OLD."change_reason", OLD."comparison", OLD."description", OLD."enabled", OLD."for_seconds", OLD."id", OLD."keep_firing_seconds", OLD."labels", OLD."matchers", OLD."metric", OLD."min_samples", OLD."name", OLD."no_data", OLD."no_data_seconds", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."policy_id", OLD."runbook_url", OLD."samples_metric", OLD."severity", OLD."threshold", OLD."title", OLD."updated_at", OLD."version", OLD."window_seconds"); RETURN NULL;', hash='b77df25d12f330324691e804f9e42223b3c038db', operation='DELETE', pgid='pgtrigger_removed_delete_6216b', table='alerts_rule', when='AFTER')),
        ),
        migrations.AddField(
            model_name='policyevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.policy'),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.policystep'),
        ),
        migrations.AddField(
            model_name='policystepevent',
            name='policy',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.policy'),
        ),
        migrations.AddField(
            model_name='policystepreceiverevent',
            name='policystep',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.policystep'),
        ),
        migrations.AddField(
            model_name='policystepreceiverevent',
            name='receiver',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.receiver'),
        ),
        migrations.AddField(
            model_name='receiverevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.receiver'),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.rule'),
        ),
        migrations.AddField(
            model_name='ruleevent',
            name='policy',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.policy'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepreceiver',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policystepreceiverevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "policystep_id", "receiver_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."policystep_id", NEW."receiver_id"); RETURN NULL;', hash='b682a95d51ed15aee2a222b4b546e1c4336edc73', operation='INSERT', pgid='pgtrigger_added_insert_f04fd', table='alerts_policystep_receivers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepreceiver',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_policystepreceiverevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "policystep_id", "receiver_id") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."policystep_id", OLD."receiver_id"); RETURN NULL;', hash='17b6679b776d0658cc623887c92fa77c37871450', operation='DELETE', pgid='pgtrigger_removed_delete_a54ac', table='alerts_policystep_receivers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='00c079a78503a8615b6e719150dd236c135355aa', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_98afb', table='alerts_policyevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policyevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6a300828a68b616333efe3f81888b5bfd5f1ef54', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_166ef', table='alerts_policyevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='a5a7918d132e43d9844aa25223428c3c498f6c5d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9126b', table='alerts_policystepevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0c16145eeaa0ab59942c124b027f66257620ecab', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7d037', table='alerts_policystepevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepreceiverevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='5db495e3c9a7a8f7e43fc55b8819ccc6a607ca6c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_5af2a', table='alerts_policystepreceiverevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='policystepreceiverevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4db53a43ac5a1ae3cd6629bee42281234463b7d3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_05bf5', table='alerts_policystepreceiverevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiverevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='29bac780f896b36b01a2c8ba2561d0966c754950', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_c3497', table='alerts_receiverevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiverevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='05fa267dc73fa6c9d480910b258dabd7b7849e5e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_336e3', table='alerts_receiverevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ruleevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='c2ec6ede709e15be06caaa6ace8f7b0cd10560f1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_da8be', table='alerts_ruleevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ruleevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5c4b50eea0cd754202bfd2932e8f80fa78408700', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_94628', table='alerts_ruleevent', when='BEFORE')),
        ),
    ]
