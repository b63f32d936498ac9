from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0025_promql'),
    ]

    operations = [
        migrations.AddField(
            model_name='alertgroup',
            name='grave',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='receiverstate',
            name='grave_rest_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='receiverstate',
            name='rest_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['fingerprint', '-started_at'], name='alert_former'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('state', 'resolved')), fields=['-resolved_at'], name='alert_ended'),
        ),
    ]
