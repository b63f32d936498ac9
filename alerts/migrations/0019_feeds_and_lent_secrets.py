import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0018_transition_chain'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PersonalFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, unique=True)),
            ],
            options={
                'default_permissions': (),
            },
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
            model_name='receiver',
            name='through',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lends_to', to='alerts.receiver'),
        ),
        migrations.AddField(
            model_name='receiverevent',
            name='through',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.receiver'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "fallback_id", "id", "kind", "name", "options", "owner_id", "per_minute", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "through_id", "verified_at") VALUES (NEW."address", NEW."enabled", NEW."fallback_id", NEW."id", NEW."kind", NEW."name", NEW."options", NEW."owner_id", NEW."per_minute", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."through_id", NEW."verified_at"); RETURN NULL;', hash='fabe4bec0e9fc1795b592f337b0bbc1f01daa09f', operation='INSERT', pgid='pgtrigger_added_insert_c913e', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."enabled" IS DISTINCT FROM (NEW."enabled") OR OLD."fallback_id" IS DISTINCT FROM (NEW."fallback_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."options" IS DISTINCT FROM (NEW."options") OR OLD."owner_id" IS DISTINCT FROM (NEW."owner_id") OR OLD."per_minute" IS DISTINCT FROM (NEW."per_minute") OR OLD."through_id" IS DISTINCT FROM (NEW."through_id") OR OLD."verified_at" IS DISTINCT FROM (NEW."verified_at"))', func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "fallback_id", "id", "kind", "name", "options", "owner_id", "per_minute", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "through_id", "verified_at") VALUES (NEW."address", NEW."enabled", NEW."fallback_id", NEW."id", NEW."kind", NEW."name", NEW."options", NEW."owner_id", NEW."per_minute", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."through_id", NEW."verified_at"); RETURN NULL;', hash='857233ff61c86cc7cdd4d6493a3cb8471ff26c5e', operation='UPDATE', pgid='pgtrigger_changed_update_5ee1f', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "fallback_id", "id", "kind", "name", "options", "owner_id", "per_minute", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "through_id", "verified_at") VALUES (OLD."address", OLD."enabled", OLD."fallback_id", OLD."id", OLD."kind", OLD."name", OLD."options", OLD."owner_id", OLD."per_minute", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."through_id", OLD."verified_at"); RETURN NULL;', hash='a551929a0df5861fc4cb18a00fc7faca6763b079', operation='DELETE', pgid='pgtrigger_removed_delete_c0e9a', table='alerts_receiver', when='AFTER')),
        ),
        migrations.AddField(
            model_name='personalfeed',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='feed', to=settings.AUTH_USER_MODEL),
        ),
    ]
