from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0016_groups'),
    ]

    operations = [
        migrations.AddField(
            model_name='transition',
            name='hash',
            field=models.BinaryField(default=b'', editable=False),
        ),
    ]
