import django.db.models.constraints
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0010_receiver_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='RoutingEdition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mark', models.UUIDField(default=uuid.uuid4)),
            ],
        ),
        migrations.CreateModel(
            name='Route',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('name', models.CharField(max_length=80)),
                ('matchers', models.JSONField(blank=True, default=list)),
                ('continues', models.BooleanField(default=False)),
                ('nobody', models.BooleanField(default=False)),
                ('group_by', models.JSONField(blank=True, null=True)),
                ('wait_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('interval_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('repeat_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='alerts.route')),
                ('policy', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='routes', to='alerts.policy')),
                ('receivers', models.ManyToManyField(blank=True, related_name='routes', to='alerts.receiver')),
            ],
            options={
                'ordering': ['parent_id', 'position'],
            },
        ),
        migrations.CreateModel(
            name='RouteEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('name', models.CharField(max_length=80)),
                ('matchers', models.JSONField(blank=True, default=list)),
                ('continues', models.BooleanField(default=False)),
                ('nobody', models.BooleanField(default=False)),
                ('group_by', models.JSONField(blank=True, null=True)),
                ('wait_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('interval_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('repeat_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.route')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.route')),
                ('policy', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.policy')),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='RouteReceiverEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('receiver', models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.receiver')),
                ('route', models.ForeignKey(db_constraint=False, db_tablespace='', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.route')),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('parent', 'position'), name='route_position'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.UniqueConstraint(condition=models.Q(('parent__isnull', True)), fields=('position',), name='route_one_root'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('parent__isnull', False), models.Q(('continues', False), ('matchers', []), ('position', 0)), _connector='OR'), name='route_root_takes_everything'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('parent__isnull', True), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='route_not_own_parent'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('interval_seconds__isnull', True), ('interval_seconds__gt', 0), _connector='OR'), name='route_interval_positive'),
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
        migrations.CreateModel(
            name='RouteReceiver',
            fields=[
            ],
            options={
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('alerts.route_receivers',),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routeevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='1758f460d67781743d5eada4be8989931334cb6d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_8a733', table='alerts_routeevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routeevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0258e9aafaac5c4b85e7231801bd881f4d9d1a27', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_db3b4', table='alerts_routeevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routereceiverevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='e622b2a4fc444a0ffdaa44ed2e91062b16bce3f2', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_0bd1d', table='alerts_routereceiverevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routereceiverevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5ea589550657259c7a6128e5aa632d54aa0ce399', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4080b', table='alerts_routereceiverevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routereceiver',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routereceiverevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "receiver_id", "route_id") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."receiver_id", NEW."route_id"); RETURN NULL;', hash='e4a24f50b4f7dba914c969001bc3c6bc1c8fcc57', operation='INSERT', pgid='pgtrigger_added_insert_fc5b6', table='alerts_route_receivers', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='routereceiver',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_routereceiverevent" ("id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "receiver_id", "route_id") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."receiver_id", OLD."route_id"); RETURN NULL;', hash='26f0434f9b3cce1a48ef63e0ac12f7da0960de97', operation='DELETE', pgid='pgtrigger_removed_delete_83cec', table='alerts_route_receivers', when='AFTER')),
        ),
    ]
