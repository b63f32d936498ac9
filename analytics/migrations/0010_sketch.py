from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0009_event_key_by_stream'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sketch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(choices=[('h', 'Hour'), ('d', 'Day')], max_length=1)),
                ('bucket', models.DateTimeField()),
                ('name', models.TextField()),
                ('env', models.TextField()),
                ('strategy', models.TextField()),
                ('symbol', models.TextField()),
                ('slot', models.IntegerField()),
                ('count', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('env', 'name', 'unit', 'bucket', 'strategy', 'symbol', 'slot'), name='sketch_once')],
            },
        ),
        migrations.AlterField(
            model_name='eventrollup',
            name='kind',
            field=models.TextField(choices=[('signal', 'Signal'), ('decision', 'Decision'), ('order', 'Order'), ('rejection', 'Rejection'), ('refusal', 'Refusal')]),
        ),
    ]
