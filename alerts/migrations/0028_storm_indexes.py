import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0027_owed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='alert',
            name='alert_open',
        ),
        migrations.RemoveIndex(
            model_name='notification',
            name='notification_due',
        ),
        migrations.RemoveIndex(
            model_name='notification',
            name='notification_waits_for',
        ),
        migrations.AlterField(
            model_name='escalationstep',
            name='alert',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='escalation_steps', to='alerts.alert'),
        ),
        migrations.AlterField(
            model_name='groupmember',
            name='group',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='alerts.alertgroup'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='alert',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='alerts.alert'),
        ),
        migrations.AlterField(
            model_name='ruleinstance',
            name='rule',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='instances', to='alerts.rule'),
        ),
        migrations.AlterField(
            model_name='transition',
            name='alert',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transitions', to='alerts.alert'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(models.Case(models.When(severity='critical', then=models.Value(0)), models.When(severity='warning', then=models.Value(1)), models.When(severity='info', then=models.Value(2)), output_field=models.IntegerField()), models.OrderBy(models.F('started_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('condition', 'breach'), ('state', 'firing'), ('suppressed_by', [])), name='alert_firing'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(models.Case(models.When(severity='critical', then=models.Value(0)), models.When(severity='warning', then=models.Value(1)), models.When(severity='info', then=models.Value(2)), output_field=models.IntegerField()), models.OrderBy(models.F('started_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('state', 'acknowledged')), name='alert_acknowledged'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(models.Case(models.When(severity='critical', then=models.Value(0)), models.When(severity='warning', then=models.Value(1)), models.When(severity='info', then=models.Value(2)), output_field=models.IntegerField()), models.OrderBy(models.F('started_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('condition', 'nodata'), ('state', 'firing'), ('suppressed_by', [])), name='alert_without_data'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(models.Case(models.When(severity='critical', then=models.Value(0)), models.When(severity='warning', then=models.Value(1)), models.When(severity='info', then=models.Value(2)), output_field=models.IntegerField()), models.OrderBy(models.F('started_at'), descending=True), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('state', 'firing'), models.Q(('suppressed_by', []), _negated=True)), name='alert_quiet'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(models.Q(('state', 'resolved'), _negated=True), models.Q(('source', 'ops-portal'), _negated=True)), fields=['-started_at'], name='alert_of_others'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['receiver', 'priority', 'next_try_at', 'id'], name='notification_waits'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('alert__isnull', True), ('state', 'pending')), fields=['receiver', 'priority', 'next_try_at', 'id'], name='notification_of_many_waits'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('state', 'sending')), fields=['lease_until'], name='notification_leased'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('channel', 'stream'), ('state__in', ['pending', 'sending'])), fields=['id'], name='notification_of_stream'),
        ),
        # Room beside each row, so that showing a value writes no index.
        migrations.RunSQL(
            "ALTER TABLE alerts_alert SET (fillfactor = 85)",
            "ALTER TABLE alerts_alert RESET (fillfactor)",
        ),
    ]
