from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Find the days and hours of what is rarely traded, and what there is, without reading all."""

    dependencies = [("analytics", "0016_listening_since")]

    operations = [
        migrations.RunSQL("SET LOCAL statement_timeout = 0", migrations.RunSQL.noop),
        migrations.AddIndex(
            "traderollup",
            models.Index(
                fields=["env", "currency", "strategy", "symbol", "bucket"],
                name="trade_rollup_days",
                condition=Q(unit="d"),
            ),
        ),
        migrations.AddIndex(
            "traderollup",
            models.Index(
                fields=["env", "currency", "strategy", "symbol", "bucket"],
                name="trade_rollup_hours",
                condition=Q(unit="h"),
            ),
        ),
        migrations.AddIndex(
            "eventrollup",
            models.Index(
                fields=["env", "strategy"],
                name="event_rollup_signalled",
                condition=Q(unit="d", kind="signal"),
            ),
        ),
        migrations.RunSQL(
            "CREATE INDEX trade_even ON analytics_trade (env, closed_at DESC, id DESC)"
            " WHERE round(pnl, 8) = 0",
            "DROP INDEX trade_even",
        ),
    ]
