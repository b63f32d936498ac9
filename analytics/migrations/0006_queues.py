from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
# Marks that lie in the days themselves.
MOVE = """
INSERT INTO analytics_staleday (env, currency, strategy, day, at)
SELECT env, currency, strategy, day, stale_from FROM analytics_accountday
WHERE stale_from IS NOT NULL
"""
EVEN = (
    "CREATE INDEX trade_even ON analytics_trade (env, closed_at{0}, id{0}) WHERE round(pnl, 8) = 0"
)
NEWEST = {
    "execution": ("execution_recent", "ts"),
    "signal": ("signal_recent", "ts"),
    "riskdecision": ("decision_recent", "ts"),
    "trade": ("trade_recent", "closed_at"),
}


class Migration(migrations.Migration):
    """Who stores events adds to queues only, and to the ends of indexes."""

    dependencies = [("analytics", "0005_sum_by_source")]

    operations = [
        migrations.RunSQL("SET LOCAL statement_timeout = 0", migrations.RunSQL.noop),
        migrations.CreateModel(
            "StaleDay",
            [
                ("id", KEY),
                ("env", models.TextField()),
                ("currency", models.TextField()),
                ("strategy", models.TextField()),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RemoveIndex("accountday", "account_day_stale"),
        migrations.RemoveField("accountday", "stale_from"),
        migrations.CreateModel(
            "SketchPart",
            [
                ("id", KEY),
                ("unit", models.CharField(choices=[("h", "Hour"), ("d", "Day")], max_length=1)),
                ("bucket", models.DateTimeField()),
                ("name", models.TextField()),
                ("env", models.TextField()),
                ("strategy", models.TextField()),
                ("symbol", models.TextField()),
                ("slots", ArrayField(models.IntegerField())),
                ("counts", ArrayField(models.BigIntegerField())),
            ],
            options={"abstract": False},
        ),
        *(
            operation
            for model, (name, time) in NEWEST.items()
            for operation in (
                migrations.RemoveIndex(model, name),
                migrations.AddIndex(model, models.Index(fields=["env", time, "id"], name=name)),
            )
        ),
        migrations.RunSQL("DROP INDEX trade_even", EVEN.format(" DESC")),
        migrations.RunSQL(EVEN.format(""), "DROP INDEX trade_even"),
    ]
