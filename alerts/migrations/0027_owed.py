from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0026_storms'),
    ]

    operations = [
        migrations.AddField(
            model_name='ruleinstance',
            name='owed',
            field=models.CharField(blank=True, db_default='', max_length=12),
        ),
    ]
