import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0009_acknowledgments_that_end'),
    ]

    operations = [
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
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "fallback_id", "id", "kind", "name", "options", "owner_id", "per_minute", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "verified_at") VALUES (NEW."address", NEW."enabled", NEW."fallback_id", NEW."id", NEW."kind", NEW."name", NEW."options", NEW."owner_id", NEW."per_minute", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."verified_at"); RETURN NULL;', hash='2bd6cecbdd2d4273ea2ad23e7e8fa70b799fd570', operation='INSERT', pgid='pgtrigger_added_insert_c913e', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."enabled" IS DISTINCT FROM (NEW."enabled") OR OLD."fallback_id" IS DISTINCT FROM (NEW."fallback_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."options" IS DISTINCT FROM (NEW."options") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."per_minute" IS DISTINCT FROM (NEW."per_minute") OR OLD."verified_at" IS DISTINCT FROM (NEW."verified_at"))', func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "fallback_id", "id", "kind", "name", "options", "owner_id", "per_minute", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "verified_at") VALUES (NEW."address", NEW."enabled", NEW."fallback_id", NEW."id", NEW."kind", NEW."name", NEW."options", NEW."owner_id", NEW."per_minute", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."verified_at"); RETURN NULL;', hash='315dfce36f452fee046fd669609bd76fb5d1c93b', operation='UPDATE', pgid='pgtrigger_changed_update_5ee1f', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "fallback_id", "id", "kind", "name", "options", "owner_id", "per_minute", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "verified_at") VALUES (OLD."address", OLD."enabled", OLD."fallback_id", OLD."id", OLD."kind", OLD."name", OLD."options", OLD."owner_id", OLD."per_minute", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."verified_at"); RETURN NULL;', hash='99f5c80e2e62a88e44b4f8f9b9abf60f5ba1ec24', operation='DELETE', pgid='pgtrigger_removed_delete_c0e9a', table='alerts_receiver', when='AFTER')),
        ),
    ]
