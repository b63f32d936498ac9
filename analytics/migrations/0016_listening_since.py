import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0015_sketch_of"),
    ]

    operations = [
        migrations.AddField(
            model_name="streamstate",
            name="listening_since",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
    ]
