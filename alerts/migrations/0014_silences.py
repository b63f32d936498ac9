import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0013_root_route'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='InhibitionEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=80)),
                ('source', models.JSONField()),
                ('target', models.JSONField()),
                ('equal', models.JSONField(blank=True, default=list)),
                ('enabled', models.BooleanField(default=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Silence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('silence', 'Silence'), ('maintenance', 'Maintenance')], default='silence', max_length=12)),
                ('matchers', models.JSONField()),
                ('reason', models.CharField(max_length=200)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('recurrence', models.CharField(blank=True, max_length=200)),
                ('zone', models.CharField(default='UTC', max_length=64)),
                ('expire_on_resolve', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('hit_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-starts_at'],
            },
        ),
        migrations.CreateModel(
            name='SilenceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ('kind', models.CharField(choices=[('silence', 'Silence'), ('maintenance', 'Maintenance')], default='silence', max_length=12)),
                ('matchers', models.JSONField()),
                ('reason', models.CharField(max_length=200)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('recurrence', models.CharField(blank=True, max_length=200)),
                ('zone', models.CharField(default='UTC', max_length=64)),
                ('expire_on_resolve', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('hit_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.AlterField(
            model_name='transition',
            name='action',
            field=models.TextField(choices=[('fired', 'Fired'), ('no_data', 'No Data'), ('data_back', 'Data Back'), ('escalated', 'Escalated'), ('acknowledged', 'Acknowledged'), ('unacknowledged', 'Unacknowledged'), ('commented', 'Commented'), ('resolved', 'Resolved'), ('suppressed', 'Suppressed'), ('unsuppressed', 'Unsuppressed')]),
        ),
        migrations.CreateModel(
            name='Inhibition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('source', models.JSONField()),
                ('target', models.JSONField()),
                ('equal', models.JSONField(blank=True, default=list)),
                ('enabled', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('source', []), _negated=True), models.Q(('target', []), _negated=True)), name='inhibition_has_matchers')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inhibition',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_inhibitionevent" ("enabled", "equal", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "target") VALUES (NEW."enabled", NEW."equal", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."source", NEW."target"); RETURN NULL;', hash='802294d14869bfc98b97e8ce0bca94e249192d23', operation='INSERT', pgid='pgtrigger_added_insert_fddb6', table='alerts_inhibition', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inhibition',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_inhibitionevent" ("enabled", "equal", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "target") VALUES (NEW."enabled", NEW."equal", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."source", NEW."target"); RETURN NULL;', hash='3c4d4e0dec266985edb2ea923952a104eced429c', operation='UPDATE', pgid='pgtrigger_changed_update_a0414', table='alerts_inhibition', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inhibition',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_inhibitionevent" ("enabled", "equal", "id", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "target") VALUES (OLD."enabled", OLD."equal", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."source", OLD."target"); RETURN NULL;', hash='3a329c1b1af0b1df4ec78bffa11e78e031440200', operation='DELETE', pgid='pgtrigger_removed_delete_eb940', table='alerts_inhibition', when='AFTER')),
        ),
        migrations.AddField(
            model_name='inhibitionevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.inhibition'),
        ),
        migrations.AddField(
            model_name='silence',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='silences', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='silence',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='silence',
            name='replaces',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='alerts.silence'),
        ),
        migrations.AddField(
            model_name='silenceevent',
            name='created_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='silenceevent',
            name='ended_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='silenceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.silence'),
        ),
        migrations.AddField(
            model_name='silenceevent',
            name='replaces',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.silence'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inhibitionevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='b7713c9186080c14fcb33f5324231f87931e97f5', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_315dd', table='alerts_inhibitionevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='inhibitionevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c787387cded8ab1aced14e0445e9fa720d602d3b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_80d85', table='alerts_inhibitionevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='silence',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='silence_lasts'),
        ),
        migrations.AddConstraint(
            model_name='silence',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='silence_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='silence',
            constraint=models.CheckConstraint(condition=models.Q(('matchers', []), _negated=True), name='silence_has_matchers'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='silence',
            trigger=pgtrigger.compiler.Trigger(name='same_matchers', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."matchers" IS DISTINCT FROM (NEW."matchers"))', func="RAISE EXCEPTION 'the matchers of a silence never change' USING ERRCODE = 'check_violation';", hash='7e7e1f08a311fc47b54ac9436e2c1545dce1c071', operation='UPDATE', pgid='pgtrigger_same_matchers_15419', table='alerts_silence', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='silence',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_silenceevent" ("created_at", "created_by_id", "ended_at", "ended_by_id", "ends_at", "expire_on_resolve", "hit_at", "id", "kind", "matchers", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recurrence", "replaces_id", "starts_at", "zone") VALUES (NEW."created_at", NEW."created_by_id", NEW."ended_at", NEW."ended_by_id", NEW."ends_at", NEW."expire_on_resolve", NEW."hit_at", NEW."id", NEW."kind", NEW."matchers", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."reason", NEW."recurrence", NEW."replaces_id", NEW."starts_at", NEW."zone"); RETURN NULL;', hash='62672bd7c138d88f3394453f47188497fd735664', operation='INSERT', pgid='pgtrigger_added_insert_547eb', table='alerts_silence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='silence',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_silenceevent" ("created_at", "created_by_id", "ended_at", "ended_by_id", "ends_at", "expire_on_resolve", "hit_at", "id", "kind", "matchers", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recurrence", "replaces_id", "starts_at", "zone") VALUES (NEW."created_at", NEW."created_by_id", NEW."ended_at", NEW."ended_by_id", NEW."ends_at", NEW."expire_on_resolve", NEW."hit_at", NEW."id", NEW."kind", NEW."matchers", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."reason", NEW."recurrence", NEW."replaces_id", NEW."starts_at", NEW."zone"); RETURN NULL;', hash='f9177eaa0eac57682817f719ef9492bb92ce9a18', operation='UPDATE', pgid='pgtrigger_changed_update_c132d', table='alerts_silence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='silence',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_silenceevent" ("created_at", "created_by_id", "ended_at", "ended_by_id", "ends_at", "expire_on_resolve", "hit_at", "id", "kind", "matchers", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "recurrence", "replaces_id", "starts_at", "zone") VALUES (OLD."created_at", OLD."created_by_id", OLD."ended_at", OLD."ended_by_id", OLD."ends_at", OLD."expire_on_resolve", OLD."hit_at", OLD."id", OLD."kind", OLD."matchers", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."reason", OLD."recurrence", OLD."replaces_id", OLD."starts_at", OLD."zone"); RETURN NULL;', hash='ab14d950c6b633084539080f3a87eb17734de19e', operation='DELETE', pgid='pgtrigger_removed_delete_f064e', table='alerts_silence', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='silenceevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='07ce6c2c3a6a7985e92b2b3effce38e0ee511fd5', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_fba94', table='alerts_silenceevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='silenceevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8699c1cb8fcca0e29e82d071c838e32cf793d99e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_53713', table='alerts_silenceevent', when='BEFORE')),
        ),
    ]
