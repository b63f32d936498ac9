from django.db import migrations, models

FILL = """
UPDATE analytics_accountday AS d SET newest_at = t.newest_at
FROM (SELECT env, currency, scope, (closed_at AT TIME ZONE 'UTC')::date AS day,
             max(closed_at) AS newest_at
      FROM analytics_trade, LATERAL (VALUES (strategy), ('*')) AS s(scope)
      GROUP BY 1, 2, 3, 4) AS t
WHERE d.env = t.env AND d.currency = t.currency AND d.strategy = t.scope AND d.day = t.day
"""


class Migration(migrations.Migration):
    """Each day knows its newest trade, so that nobody has to look for it among all of them."""

    dependencies = [("analytics", "0006_agent_table")]

    operations = [
        migrations.AddField("accountday", "newest_at", models.DateTimeField(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
