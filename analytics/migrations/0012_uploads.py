import django.db.models.deletion
import django.db.models.functions.datetime
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0011_ledger_and_imports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('kind', models.TextField()),
                ('name', models.TextField()),
                ('digest', models.CharField(max_length=64)),
                ('options', models.JSONField(default=dict)),
                ('state', models.TextField(choices=[('proposed', 'Proposed'), ('waiting', 'Waiting'), ('running', 'Running'), ('stopped', 'Stopped'), ('finished', 'Finished'), ('failed', 'Failed')], default='running')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='UploadPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('kept_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='import',
            name='asked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='import',
            name='rows',
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='import',
            name='size',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='import',
            name='state',
            field=models.TextField(choices=[('proposed', 'Proposed'), ('waiting', 'Waiting'), ('running', 'Running'), ('stopped', 'Stopped'), ('finished', 'Finished'), ('failed', 'Failed')], default='running'),
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(condition=models.Q(('size__gt', 0), ('state__in', ('waiting', 'running'))), fields=['id'], name='import_for_a_worker'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='import',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "analytics_importevent" ("created_at", "created_by_id", "digest", "id", "kind", "name", "options", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."created_at", NEW."created_by_id", NEW."digest", NEW."id", NEW."kind", NEW."name", NEW."options", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."state"); RETURN NULL;', hash='d1247f92888103c9e84f583b2190d1a9047e16c6', operation='INSERT', pgid='pgtrigger_added_insert_38643', table='analytics_import', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='import',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."created_by_id" IS DISTINCT FROM (NEW."created_by_id") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."options" IS DISTINCT FROM (NEW."options") OR OLD."state" IS DISTINCT FROM (NEW."state"))', func='INSERT INTO "analytics_importevent" ("created_at", "created_by_id", "digest", "id", "kind", "name", "options", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."created_at", NEW."created_by_id", NEW."digest", NEW."id", NEW."kind", NEW."name", NEW."options", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."state"); RETURN NULL;', hash='c12fa5e41747e80789c37153e096bef5657052f1', operation='UPDATE', pgid='pgtrigger_changed_update_48974', table='analytics_import', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='import',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "analytics_importevent" ("created_at", "created_by_id", "digest", "id", "kind", "name", "options", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (OLD."created_at", OLD."created_by_id", OLD."digest", OLD."id", OLD."kind", OLD."name", OLD."options", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."state"); RETURN NULL;', hash='e12a45eb9b580720d0476362c69b19c782647c9a', operation='DELETE', pgid='pgtrigger_removed_delete_488a9', table='analytics_import', when='AFTER')),
        ),
        migrations.AddField(
            model_name='importevent',
            name='created_by',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='importevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='analytics.import'),
        ),
        migrations.AddField(
            model_name='uploadpart',
            name='of',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='analytics.import'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='importevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='50d205c4a5d7dcadfcca39b492ef7e853276ae24', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_660de', table='analytics_importevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='importevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c0d21b526dae49787ca73e6a957ddb450c08a92c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8c195', table='analytics_importevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='uploadpart',
            constraint=models.UniqueConstraint(fields=('of', 'number'), name='upload_part_once'),
        ),
    ]
