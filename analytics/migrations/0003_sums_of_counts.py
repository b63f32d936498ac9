from django.db import migrations

ADD_COUNTS = """
CREATE FUNCTION analytics_add_counts(a jsonb, b jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN b = '{}' THEN a ELSE coalesce(
        (SELECT jsonb_object_agg(key, n) FROM (
            SELECT key, sum(value::bigint) AS n
            FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) AS c
            GROUP BY key) AS sums), '{}') END
$$;
"""


class Migration(migrations.Migration):
    """Counters by name in one JSON object, added in place."""

    replaces = [
        ("analytics", "0003_add_counts"),
    ]

    dependencies = [("analytics", "0002_by_month")]

    operations = [
        migrations.RunSQL(
            sql=ADD_COUNTS, reverse_sql="DROP FUNCTION analytics_add_counts(jsonb, jsonb)"
        )
    ]
