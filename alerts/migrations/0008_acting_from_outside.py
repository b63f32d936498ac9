import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0007_receiver_kinds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='transition',
            name='via',
            field=models.TextField(choices=[('engine', 'Engine'), ('timer', 'Timer'), ('web', 'Web'), ('admin', 'Admin'), ('stream', 'Stream'), ('link', 'Link'), ('slack', 'Slack'), ('telegram', 'Telegram')]),
        ),
        migrations.CreateModel(
            name='AckToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='alerts.alert')),
                ('notification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='alerts.notification')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ChatIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service', models.CharField(choices=[('slack', 'Slack'), ('telegram', 'Telegram')], max_length=10)),
                ('external_id', models.CharField(max_length=40)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'chat identities',
            },
        ),
        migrations.CreateModel(
            name='ChatIdentityEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('service', models.CharField(choices=[('slack', 'Slack'), ('telegram', 'Telegram')], max_length=10)),
                ('external_id', models.CharField(max_length=40)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='alerts.chatidentity')),
                ('user', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Callback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('service', models.CharField(choices=[('slack', 'Slack'), ('telegram', 'Telegram')], max_length=10)),
                ('at', models.DateTimeField()),
                ('ip', models.CharField(blank=True, max_length=45)),
                ('digest', models.CharField(max_length=64)),
                ('accepted', models.BooleanField()),
                ('reason', models.TextField(blank=True)),
                ('external_id', models.TextField(blank=True)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('accepted', True)), fields=('service', 'digest'), name='callback_acts_once')],
            },
        ),
        migrations.AddConstraint(
            model_name='chatidentity',
            constraint=models.UniqueConstraint(fields=('service', 'external_id'), name='chat_identity_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chatidentity',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_chatidentityevent" ("external_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service", "user_id") VALUES (NEW."external_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id", NEW."service", NEW."user_id"); RETURN NULL;', hash='04ed5aa2074623234dd722ae74d5fd728dabd6cc', operation='INSERT', pgid='pgtrigger_added_insert_1ddd5', table='alerts_chatidentity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chatidentity',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "alerts_chatidentityevent" ("external_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service", "user_id") VALUES (NEW."external_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id", NEW."service", NEW."user_id"); RETURN NULL;', hash='6bb19eca914f25123a1bfe22f0fa80c33037cdc7', operation='UPDATE', pgid='pgtrigger_changed_update_6b7e8', table='alerts_chatidentity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chatidentity',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_chatidentityevent" ("external_id", "id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "service", "user_id") VALUES (OLD."external_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."service", OLD."user_id"); RETURN NULL;', hash='e064d730e094aca23f5a57be0b909c44703d1060', operation='DELETE', pgid='pgtrigger_removed_delete_c3295', table='alerts_chatidentity', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chatidentityevent',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='6069f3ab858e2c47ab4d101fac13056d610c2491', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_b8d10', table='alerts_chatidentityevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='chatidentityevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0f0d2e1fad7592acf05abff9ebaae9d628230842', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4e7e4', table='alerts_chatidentityevent', when='BEFORE')),
        ),
        migrations.RunSQL(
            'CREATE TRIGGER alerts_callback_only_grows'
            ' BEFORE UPDATE OR DELETE OR TRUNCATE ON alerts_callback'
            ' FOR EACH STATEMENT EXECUTE FUNCTION alerts_refuse_rewriting();',
            'DROP TRIGGER alerts_callback_only_grows ON alerts_callback;',
        ),
    ]
