from django.db import migrations, models


class Migration(migrations.Migration):
    """The index of unique trades begins with what tells trades apart."""

    dependencies = [("analytics", "0007_newest_trade")]

    operations = [
        migrations.RemoveConstraint("trade", "trade_once"),
        migrations.AddConstraint(
            "trade",
            models.UniqueConstraint(
                fields=["trade_key", "source", "env", "currency"], name="trade_once"
            ),
        ),
    ]
