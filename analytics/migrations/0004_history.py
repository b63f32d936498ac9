import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0003_add_counts'),
    ]

    operations = [
        migrations.CreateModel(
            name='PortfolioEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('env', models.TextField(choices=[('live', 'Live'), ('paper', 'Paper'), ('backtest', 'Backtest')])),
                ('strategy', models.TextField(blank=True)),
                ('currency', models.TextField()),
                ('starting_capital', models.DecimalField(decimal_places=18, max_digits=38)),
                ('days_per_year', models.PositiveSmallIntegerField(default=365)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='portfolio',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "analytics_portfolioevent" ("currency", "days_per_year", "env", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starting_capital", "strategy") VALUES (NEW."currency", NEW."days_per_year", NEW."env", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."starting_capital", NEW."strategy"); RETURN NULL;', hash='4431706467e1ad84d58d767e8830d25c181e2623', operation='INSERT', pgid='pgtrigger_added_insert_578c8', table='analytics_portfolio', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='portfolio',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "analytics_portfolioevent" ("currency", "days_per_year", "env", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starting_capital", "strategy") VALUES (NEW."currency", NEW."days_per_year", NEW."env", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."starting_capital", NEW."strategy"); RETURN NULL;', hash='15be32ab7c8e0d1d1276c386f9fddf0d912e538b', operation='UPDATE', pgid='pgtrigger_changed_update_98e6b', table='analytics_portfolio', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='portfolio',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "analytics_portfolioevent" ("currency", "days_per_year", "env", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "starting_capital", "strategy") VALUES (OLD."currency", OLD."days_per_year", OLD."env", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."starting_capital", OLD."strategy"); RETURN NULL;', hash='d4945252cff7244e5e383586138c960c38f953f0', operation='DELETE', pgid='pgtrigger_removed_delete_77d74', table='analytics_portfolio', when='AFTER')),
        ),
        migrations.AddField(
            model_name='portfolioevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='analytics.portfolio'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='portfolioevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='45faa140a520470bbed0775509611b63f7927dca', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_37749', table='analytics_portfolioevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='portfolioevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='40cd187fefa925a5669adfa1a5ef4ee56bad4225', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6a7e0', table='analytics_portfolioevent', when='BEFORE')),
        ),
    ]
