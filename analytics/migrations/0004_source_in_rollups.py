from django.db import migrations, models
from django.db.models import Q

BEFORE = ["env", "unit", "bucket", "currency", "strategy", "symbol"]
WHEN = ["env", "currency", "strategy", "symbol", "bucket"]
INDEXES = {"trade_rollup_days": Q(unit="d"), "trade_rollup_hours": Q(unit="h")}


class Migration(migrations.Migration):
    """Sums of trades tell their sources apart."""

    dependencies = [("analytics", "0003_sums_of_counts")]

    operations = [
        migrations.RunSQL("SET LOCAL statement_timeout = 0", migrations.RunSQL.noop),
        migrations.AddField(
            "traderollup", "source", models.TextField(default=""), preserve_default=False
        ),
        migrations.RemoveConstraint("traderollup", "trade_rollup_once"),
        migrations.AddConstraint(
            "traderollup",
            models.UniqueConstraint(fields=[*BEFORE, "source"], name="trade_rollup_once"),
        ),
        *(
            operation
            for name, condition in INDEXES.items()
            for operation in (
                migrations.RemoveIndex("traderollup", name),
                migrations.AddIndex(
                    "traderollup",
                    models.Index(
                        fields=[*WHEN[:-1], "source", "bucket"], name=name, condition=condition
                    ),
                ),
            )
        ),
    ]
