import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# Calendars of a route are remembered with it, and the root has none, whatever road was taken.
GUARDS = """
CREATE TRIGGER {table}_change_routing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON {table} FOR EACH STATEMENT EXECUTE FUNCTION alerts_change_routing();
CREATE TRIGGER {table}_not_root BEFORE INSERT OR UPDATE
    ON {table} FOR EACH ROW EXECUTE FUNCTION alerts_root_is_never_muted();
"""
TABLES = ("alerts_route_mute_calendars", "alerts_route_active_calendars")
WATCHED = """
CREATE FUNCTION alerts_root_is_never_muted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM alerts_route WHERE id = NEW.route_id AND parent_id IS NULL) THEN
        RAISE EXCEPTION 'the root is never quiet' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
""" + "".join(GUARDS.format(table=table) for table in TABLES)
UNWATCHED = "".join(
    f"DROP TRIGGER {table}_change_routing ON {table}; DROP TRIGGER {table}_not_root ON {table};"
    for table in TABLES
) + "DROP FUNCTION alerts_root_is_never_muted();"


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0028_storm_indexes'),
    ]

    operations = [
        migrations.CreateModel(
            name='RouteActiveCalendarEvent',
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
            name='RouteMuteCalendarEvent',
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
        migrations.AddField(
            model_name='route',
            name='active_calendars',
            field=models.ManyToManyField(blank=True, related_name='active', to='alerts.calendar'),
        ),
        migrations.AddField(
            model_name='route',
            name='mute_calendars',
            field=models.ManyToManyField(blank=True, related_name='muted', to='alerts.calendar'),
        ),
        migrations.AddField(
            model_name='routeactivecalendarevent',
            name='calendar',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.calendar'),
        ),
        migrations.AddField(
            model_name='routeactivecalendarevent',
            name='route',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.route'),
        ),
        migrations.AddField(
            model_name='routemutecalendarevent',
            name='calendar',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.calendar'),
        ),
        migrations.AddField(
            model_name='routemutecalendarevent',
            name='route',
            field=models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.route'),
        ),
        migrations.CreateModel(
            name='RouteActiveCalendar',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('alerts.route_active_calendars',),
        ),
        migrations.CreateModel(
            name='RouteMuteCalendar',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('alerts.route_mute_calendars',),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routeactivecalendarevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='a5b51743013c0b58bbabe700e2dfa227b7419ace', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_6aceb', table='alerts_routeactivecalendarevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routeactivecalendarevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ad57ed2e7304cb784885bef51e9fbf55f807d765', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0856a', table='alerts_routeactivecalendarevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routemutecalendarevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='da5a9a5af47c3e70ed8b6515dedf2f27c238f797', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ae6df', table='alerts_routemutecalendarevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routemutecalendarevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b50775576a1fc6e1c064e3f050f04fdd76bbed39', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f6fc2', table='alerts_routemutecalendarevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routeactivecalendar',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routeactivecalendarevent" ("calendar_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "route_id") VALUES (NEW."calendar_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."route_id"); RETURN NULL;', hash='c5fe402fb3c37f17fa0b87bdc2bf263df59d9f08', operation='INSERT', pgid='pgtrigger_added_insert_9f9dd', table='alerts_route_active_calendars', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routeactivecalendar',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routeactivecalendarevent" ("calendar_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "route_id") VALUES (OLD."calendar_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."route_id"); RETURN NULL;', hash='015f84fbb4d00e9002aa9a707db1b693549a3504', operation='DELETE', pgid='pgtrigger_removed_delete_192f6', table='alerts_route_active_calendars', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routemutecalendar',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routemutecalendarevent" ("calendar_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "route_id") VALUES (NEW."calendar_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."route_id"); RETURN NULL;', hash='fa3def970bb06df47bb2350b85ca758161eb496c', operation='INSERT', pgid='pgtrigger_added_insert_5a7c7', table='alerts_route_mute_calendars', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routemutecalendar',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routemutecalendarevent" ("calendar_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "route_id") VALUES (OLD."calendar_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."route_id"); RETURN NULL;', hash='7461d28b09a1696b5b8eaa8bfe49262578fda591', operation='DELETE', pgid='pgtrigger_removed_delete_28e91', table='alerts_route_mute_calendars', when='AFTER')),
        ),
        migrations.RunSQL(WATCHED, UNWATCHED),
    ]
