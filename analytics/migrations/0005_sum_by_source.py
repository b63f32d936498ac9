from django.conf import settings
from django.db import migrations

UNITS = "(VALUES ('m', 'minute'), ('h', 'hour'), ('d', 'day')) AS u(unit, step)"
PAID = """
SELECT closed_at AS at, env, strategy, symbol, currency, source, pnl, fees FROM analytics_trade
UNION ALL
SELECT ts, env, strategy, symbol, currency, source, NULL, fee FROM analytics_execution
WHERE %(book)s = 'stream' AND pnl IS NULL AND fee <> 0
  AND status IN ('FILLED', 'PARTIALLY_FILLED')
  AND (fee_currency = '' OR upper(fee_currency) = currency)
"""
# Who traded what: mostly one source, whose name is all that its sums lack.
TRADED = f"""
CREATE TEMP TABLE traded ON COMMIT DROP AS
SELECT env, currency, strategy, symbol, min(source) AS source, count(DISTINCT source) AS sources
FROM ({PAID}) AS paid GROUP BY 1, 2, 3, 4
"""
NAME = """
UPDATE analytics_traderollup AS r SET source = t.source FROM traded AS t
WHERE t.sources = 1 AND (r.env, r.currency, r.strategy, r.symbol)
      = (t.env, t.currency, t.strategy, t.symbol)
"""
# Of the others, the sums of each source, taken from those of all; what no row explains stays.
SPLIT = f"""
WITH split AS (
    INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, source,
        trades, wins, losses, breakeven, gross_profit, gross_loss, pnl, fees)
    SELECT unit, date_trunc(step, at, 'UTC'), env, strategy, symbol, currency, paid.source,
           count(pnl), count(*) FILTER (WHERE round(pnl, 8) > 0),
           count(*) FILTER (WHERE round(pnl, 8) < 0), count(*) FILTER (WHERE round(pnl, 8) = 0),
           coalesce(sum(pnl) FILTER (WHERE round(pnl, 8) > 0), 0),
           coalesce(-sum(pnl) FILTER (WHERE round(pnl, 8) < 0), 0), coalesce(sum(pnl), 0),
           sum(fees)
    FROM ({PAID}) AS paid JOIN traded AS t USING (env, currency, strategy, symbol), {UNITS}
    WHERE t.sources > 1 AND paid.source <> '' GROUP BY 1, 2, 3, 4, 5, 6, 7
    RETURNING *
), told AS (
    SELECT unit, bucket, env, strategy, symbol, currency, sum(trades) AS trades, sum(wins) AS wins,
           sum(losses) AS losses, sum(breakeven) AS breakeven, sum(gross_profit) AS gross_profit,
           sum(gross_loss) AS gross_loss, sum(pnl) AS pnl, sum(fees) AS fees
    FROM split GROUP BY 1, 2, 3, 4, 5, 6
)
UPDATE analytics_traderollup AS r SET
    trades = r.trades - t.trades, wins = r.wins - t.wins, losses = r.losses - t.losses,
    breakeven = r.breakeven - t.breakeven, gross_profit = r.gross_profit - t.gross_profit,
    gross_loss = r.gross_loss - t.gross_loss, pnl = r.pnl - t.pnl, fees = r.fees - t.fees
FROM told AS t
WHERE (r.env, r.unit, r.bucket, r.currency, r.strategy, r.symbol, r.source)
      = (t.env, t.unit, t.bucket, t.currency, t.strategy, t.symbol, '')
"""
SWEEP = """
DELETE FROM analytics_traderollup WHERE source = '' AND trades = 0 AND pnl = 0 AND fees = 0
"""
TOGETHER = """
WITH gone AS (DELETE FROM analytics_traderollup RETURNING *)
INSERT INTO analytics_traderollup (unit, bucket, env, strategy, symbol, currency, source,
    trades, wins, losses, breakeven, gross_profit, gross_loss, pnl, fees)
SELECT unit, bucket, env, strategy, symbol, currency, '', sum(trades), sum(wins), sum(losses),
       sum(breakeven), sum(gross_profit), sum(gross_loss), sum(pnl), sum(fees)
FROM gone GROUP BY 1, 2, 3, 4, 5, 6
"""


def tell_apart(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for statement in (TRADED, NAME, SPLIT):
            cursor.execute(statement, {"book": settings.BOOK})
        cursor.execute(SWEEP)


class Migration(migrations.Migration):
    """Say of the sums that there are whose trades they are."""

    dependencies = [("analytics", "0004_source_in_rollups")]

    operations = [
        migrations.RunPython(
            tell_apart,
            lambda apps, schema_editor: schema_editor.execute(TOGETHER),
        )
    ]
