from django.db import migrations


class Migration(migrations.Migration):
    """What a batch adds to distributions is noted by hour alone; its days follow from that."""

    dependencies = [("analytics", "0006_queues")]

    operations = [
        migrations.RunSQL(
            "DELETE FROM analytics_sketchpart WHERE unit = 'd'", migrations.RunSQL.noop
        ),
        migrations.RemoveField("sketchpart", "unit"),
    ]
