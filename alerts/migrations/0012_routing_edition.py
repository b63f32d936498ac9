from django.db import migrations

# Every process compares this mark, so that every road of editing is seen, SQL included. It is never
# the same twice, not even after a rollback.
EDITION = """
CREATE FUNCTION alerts_change_routing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO alerts_routingedition (id, mark) VALUES (1, gen_random_uuid())
        ON CONFLICT (id) DO UPDATE SET mark = EXCLUDED.mark;
    RETURN NULL;
END $$;
"""
TABLES = ("alerts_route", "alerts_route_receivers", "alerts_receiver")


def _watching(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_change_routing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
        f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION alerts_change_routing();\n"
    )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0011_routes")]

    operations = [
        migrations.RunSQL(
            EDITION + "".join(_watching(table) for table in TABLES),
            "DROP FUNCTION alerts_change_routing() CASCADE;",
        ),
    ]
