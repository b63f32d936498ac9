from django.db import migrations

GATHER = """
WITH taken AS (DELETE FROM analytics_sketch RETURNING *)
INSERT INTO analytics_sketch (unit, bucket, name, env, strategy, symbol, slot, count, slots, counts)
SELECT unit, bucket, name, env, strategy, symbol, 0, sum(count), array_agg(slot ORDER BY slot),
       array_agg(count ORDER BY slot)
FROM taken GROUP BY 1, 2, 3, 4, 5, 6
"""
SCATTER = """
WITH taken AS (DELETE FROM analytics_sketch RETURNING *)
INSERT INTO analytics_sketch (unit, bucket, name, env, strategy, symbol, slot, count, slots, counts)
SELECT unit, bucket, name, env, strategy, symbol, hit.slot, hit.n, '{}', '{}'
FROM taken, unnest(slots, counts) AS hit(slot, n)
"""


class Migration(migrations.Migration):
    """The rows of an hour or day become one."""

    dependencies = [("analytics", "0013_sketches_in_lists")]

    operations = [migrations.RunSQL(GATHER, SCATTER)]
