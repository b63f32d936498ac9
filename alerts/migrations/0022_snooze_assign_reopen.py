import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0021_calendar_editions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='alert',
            name='assignee',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned_alerts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='transition',
            name='action',
            field=models.TextField(choices=[('fired', 'Fired'), ('no_data', 'No Data'), ('data_back', 'Data Back'), ('escalated', 'Escalated'), ('acknowledged', 'Acknowledged'), ('snoozed', 'Snoozed'), ('unacknowledged', 'Unacknowledged'), ('assigned', 'Assigned'), ('commented', 'Commented'), ('resolved', 'Resolved'), ('reopened', 'Reopened'), ('suppressed', 'Suppressed'), ('unsuppressed', 'Unsuppressed')]),
        ),
    ]
