import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0004_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='Histogram',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('env', models.TextField(choices=[('live', 'Live'), ('paper', 'Paper'), ('backtest', 'Backtest')])),
                ('counts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('total', models.FloatField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name', 'env'), name='histogram_once')],
            },
        ),
    ]
