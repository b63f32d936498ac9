import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0030_move_route_calendars'),
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
        migrations.RemoveConstraint(
            model_name='route',
            name='route_root_is_never_muted',
        ),
        migrations.RemoveField(
            model_name='route',
            name='active_calendar',
        ),
        migrations.RemoveField(
            model_name='route',
            name='mute_calendar',
        ),
        migrations.RemoveField(
            model_name='routeevent',
            name='active_calendar',
        ),
        migrations.RemoveField(
            model_name='routeevent',
            name='mute_calendar',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='route',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routeevent" ("continues", "group_by", "id", "interval_seconds", "matchers", "name", "nobody", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position", "repeat_seconds", "wait_seconds") VALUES (NEW."continues", NEW."group_by", NEW."id", NEW."interval_seconds", NEW."matchers", NEW."name", NEW."nobody", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."policy_id", NEW."position", NEW."repeat_seconds", NEW."wait_seconds"); RETURN NULL;', hash='750a848e95ad114cabef05676659217047b6e375', operation='INSERT', pgid='pgtrigger_added_insert_0cab7', table='alerts_route', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='route',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_routeevent" ("continues", "group_by", "id", "interval_seconds", "matchers", "name", "nobody", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position", "repeat_seconds", "wait_seconds") VALUES (NEW."continues", NEW."group_by", NEW."id", NEW."interval_seconds", NEW."matchers", NEW."name", NEW."nobody", NEW."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."policy_id", NEW."position", NEW."repeat_seconds", NEW."wait_seconds"); RETURN NULL;', hash='0e8c17d4c65a4d789af0ab98b77724ccb02578cf', operation='UPDATE', pgid='pgtrigger_changed_update_3ea6a', table='alerts_route', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='route',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routeevent" ("continues", "group_by", "id", "interval_seconds", "matchers", "name", "nobody", "parent_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "position", "repeat_seconds", "wait_seconds") VALUES (OLD."continues", OLD."group_by", OLD."id", OLD."interval_seconds", OLD."matchers", OLD."name", OLD."nobody", OLD."parent_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."policy_id", OLD."position", OLD."repeat_seconds", OLD."wait_seconds"); RETURN NULL;', hash='7e162fceb94cc5aba26965c873b77a974e67690f', operation='DELETE', pgid='pgtrigger_removed_delete_e0ae9', table='alerts_route', when='AFTER')),
        ),
    ]
