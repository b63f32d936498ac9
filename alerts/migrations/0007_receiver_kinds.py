import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0006_on_call_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReceiverState',
            fields=[
                ('receiver', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='line', serialize=False, to='alerts.receiver')),
                ('failures', models.PositiveIntegerField(default=0)),
                ('open_until', models.DateTimeField(null=True)),
                ('spent_until', models.DateTimeField(null=True)),
                ('free_at', models.DateTimeField(null=True)),
                ('last_sent_at', models.DateTimeField(null=True)),
                ('last_failed_at', models.DateTimeField(null=True)),
                ('last_error', models.TextField(blank=True)),
            ],
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
            model_name='notification',
            name='bundle',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='alerts.notification'),
        ),
        migrations.AddField(
            model_name='notification',
            name='reference',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='notification',
            name='title',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='receiver',
            name='fallback',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='alerts.receiver'),
        ),
        migrations.AddField(
            model_name='receiver',
            name='options',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='receiver',
            name='per_minute',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='receiverevent',
            name='fallback',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='alerts.receiver'),
        ),
        migrations.AddField(
            model_name='receiverevent',
            name='options',
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name='receiverevent',
            name='per_minute',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='notification',
            name='channel',
            field=models.TextField(choices=[('email', 'Email'), ('slack', 'Slack'), ('slack_bot', 'Slack Bot'), ('telegram', 'Telegram'), ('discord', 'Discord'), ('teams', 'Teams'), ('pagerduty', 'Pagerduty'), ('webhook', 'Webhook'), ('webpush', 'Webpush'), ('apprise', 'Apprise'), ('stream', 'Stream')]),
        ),
        migrations.AlterField(
            model_name='receiver',
            name='kind',
            field=models.CharField(choices=[('email', 'E-mail'), ('slack', 'Slack incoming webhook'), ('slack_bot', 'Slack bot'), ('telegram', 'Telegram'), ('discord', 'Discord webhook'), ('teams', 'Microsoft Teams workflow'), ('pagerduty', 'PagerDuty Events v2'), ('webhook', 'Webhook'), ('webpush', 'Web push to a browser'), ('apprise', 'Other service (Apprise)')], max_length=10),
        ),
        migrations.AlterField(
            model_name='receiverevent',
            name='kind',
            field=models.CharField(choices=[('email', 'E-mail'), ('slack', 'Slack incoming webhook'), ('slack_bot', 'Slack bot'), ('telegram', 'Telegram'), ('discord', 'Discord webhook'), ('teams', 'Microsoft Teams workflow'), ('pagerduty', 'PagerDuty Events v2'), ('webhook', 'Webhook'), ('webpush', 'Web push to a browser'), ('apprise', 'Other service (Apprise)')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['receiver', 'next_try_at'], name='notification_waits_for'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='added_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "fallback_id", "id", "kind", "name", "options", "per_minute", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."address", NEW."enabled", NEW."fallback_id", NEW."id", NEW."kind", NEW."name", NEW."options", NEW."per_minute", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'added\', NEW."id"); RETURN NULL;', hash='6084a05135b75620b27c6c43413a1208008f9d92', operation='INSERT', pgid='pgtrigger_added_insert_c913e', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='changed_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."address" IS DISTINCT FROM (NEW."address") OR OLD."enabled" IS DISTINCT FROM (NEW."enabled") OR OLD."fallback_id" IS DISTINCT FROM (NEW."fallback_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."options" IS DISTINCT FROM (NEW."options") OR OLD."per_minute" IS DISTINCT FROM (NEW."per_minute"))', func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "fallback_id", "id", "kind", "name", "options", "per_minute", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."address", NEW."enabled", NEW."fallback_id", NEW."id", NEW."kind", NEW."name", NEW."options", NEW."per_minute", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', NEW."id"); RETURN NULL;', hash='8514f542d7e959443dcaaa793c02714ca7613086', operation='UPDATE', pgid='pgtrigger_changed_update_5ee1f', table='alerts_receiver', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='removed_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "alerts_receiverevent" ("address", "enabled", "fallback_id", "id", "kind", "name", "options", "per_minute", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."address", OLD."enabled", OLD."fallback_id", OLD."id", OLD."kind", OLD."name", OLD."options", OLD."per_minute", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id"); RETURN NULL;', hash='02cca2b8a49eaf3e06deecf80ff39522f6fc0ca6', operation='DELETE', pgid='pgtrigger_removed_delete_c0e9a', table='alerts_receiver', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='receiver',
            constraint=models.CheckConstraint(condition=models.Q(('per_minute__isnull', True), ('per_minute__gte', 1), _connector='OR'), name='receiver_takes_something'),
        ),
        migrations.AddConstraint(
            model_name='receiver',
            constraint=models.CheckConstraint(condition=models.Q(('fallback', models.F('id')), _negated=True), name='receiver_falls_back_to_another'),
        ),
    ]
