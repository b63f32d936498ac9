from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    """A sketch of an hour or day will be one row with its slots, no longer a row a slot."""

    dependencies = [("analytics", "0012_uploads")]

    operations = [
        migrations.AddField(
            "sketch", "slots", ArrayField(models.IntegerField(), default=list),
            preserve_default=False,
        ),
        migrations.AddField(
            "sketch", "counts", ArrayField(models.BigIntegerField(), default=list),
            preserve_default=False,
        ),
    ]
