from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0022_snooze_assign_reopen'),
    ]

    operations = [
        migrations.CreateModel(
            name='Declaration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('section', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=120)),
                ('body', models.JSONField()),
                ('source', models.CharField(max_length=200)),
                ('applied_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('section', 'key'), name='declaration_once')],
            },
        ),
    ]
