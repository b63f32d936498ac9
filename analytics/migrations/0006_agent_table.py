from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0005_histograms'),
    ]

    operations = [
        migrations.CreateModel(
            name='AgentTable',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('columns', models.JSONField(default=dict)),
                ('missing', models.JSONField(default=dict)),
                ('error', models.TextField(blank=True)),
                ('read_at', models.DateTimeField(null=True)),
            ],
        ),
    ]
