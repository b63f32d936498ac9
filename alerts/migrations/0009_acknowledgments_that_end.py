from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0008_acting_from_outside'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='alert',
            name='acknowledged_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('acknowledged_until__isnull', False)), fields=['acknowledged_until'], name='alert_acknowledgment_ends'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('acknowledged_until__isnull', True), ('state', 'acknowledged'), _connector='OR'), name='alert_only_acknowledged_ends'),
        ),
    ]
