from django.db import migrations

# The engine compares this number at each tick, so that every road of editing is seen, SQL included.
RULES = """
CREATE FUNCTION alerts_raise_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO alerts_ruleedition (id, number) VALUES (1, 1)
        ON CONFLICT (id) DO UPDATE SET number = alerts_ruleedition.number + 1;
    NOTIFY alerts_rules;
    RETURN NULL;
END $$;
CREATE TRIGGER alerts_raise_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON alerts_rule
    FOR EACH STATEMENT EXECUTE FUNCTION alerts_raise_edition();
CREATE TRIGGER alerts_calendar_raise_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON alerts_calendar FOR EACH STATEMENT EXECUTE FUNCTION alerts_raise_edition();
"""

# Every process compares this mark, for the same reason. It is never the same twice, not even after
# a rollback.
ROUTING = """
CREATE FUNCTION alerts_change_routing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO alerts_routingedition (id, mark) VALUES (1, gen_random_uuid())
        ON CONFLICT (id) DO UPDATE SET mark = EXCLUDED.mark;
    RETURN NULL;
END $$;
"""
CALENDARS_OF_ROUTES = ("alerts_route_mute_calendars", "alerts_route_active_calendars")
TABLES = (
    "alerts_route",
    "alerts_route_receivers",
    *CALENDARS_OF_ROUTES,
    "alerts_receiver",
    "alerts_silence",
    "alerts_inhibition",
    "alerts_calendar",
    "alerts_rule",
)

ROOT = """
CREATE FUNCTION alerts_root_is_never_muted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM alerts_route WHERE id = NEW.route_id AND parent_id IS NULL) THEN
        RAISE EXCEPTION 'the root is never quiet' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def _watching(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_change_routing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
        f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION alerts_change_routing();\n"
    )


def _sparing_the_root(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_not_root BEFORE INSERT OR UPDATE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION alerts_root_is_never_muted();\n"
    )


class Migration(migrations.Migration):
    """Editions of rules and routing; rules are judged and routes are muted by calendars."""

    replaces = [
        ("alerts", "0012_routing_edition"),
        ("alerts", "0015_silence_edition"),
        ("alerts", "0021_calendar_editions"),
    ]

    dependencies = [("alerts", "0003_lifecycle")]

    operations = [
        migrations.RunSQL(RULES, "DROP FUNCTION alerts_raise_edition() CASCADE;"),
        migrations.RunSQL(
            ROUTING + "".join(_watching(table) for table in TABLES),
            "DROP FUNCTION alerts_change_routing() CASCADE;",
        ),
        migrations.RunSQL(
            ROOT + "".join(_sparing_the_root(table) for table in CALENDARS_OF_ROUTES),
            "DROP FUNCTION alerts_root_is_never_muted() CASCADE;",
        ),
    ]
