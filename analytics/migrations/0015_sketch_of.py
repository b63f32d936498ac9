from django.db import migrations, models


class Migration(migrations.Migration):
    """What told the rows of an hour apart is gone, and so is its place in the key."""

    dependencies = [("analytics", "0014_gather_sketches")]

    operations = [
        migrations.RemoveConstraint("sketch", "sketch_once"),
        migrations.AddConstraint(
            "sketch",
            models.UniqueConstraint(
                fields=["env", "name", "unit", "bucket", "strategy", "symbol"], name="sketch_of"
            ),
        ),
        # Undone, they come back empty and are filled by the migration before this one.
        migrations.AlterField("sketch", "slot", models.IntegerField(default=0)),
        migrations.AlterField("sketch", "count", models.BigIntegerField(default=0)),
        migrations.RemoveField("sketch", "slot"),
        migrations.RemoveField("sketch", "count"),
    ]
