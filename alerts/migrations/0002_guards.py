from django.db import migrations

HISTORY = ("alerts_transition", "alerts_escalationstep", "alerts_attempt")

APPEND_ONLY = """
CREATE FUNCTION alerts_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# A resolved alert stays resolved; every change of state is one step of the version.
ONE_WAY = """
CREATE FUNCTION alerts_guard_alert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'resolved' AND NEW.state <> 'resolved' THEN
        RAISE EXCEPTION 'alert % is resolved and never opens again', OLD.id
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version NOT IN (OLD.version, OLD.version + 1)
       OR (NEW.state <> OLD.state AND NEW.version <> OLD.version + 1) THEN
        RAISE EXCEPTION 'alert %: version % cannot follow %', OLD.id, NEW.version, OLD.version
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alerts_guard_alert BEFORE UPDATE ON alerts_alert
    FOR EACH ROW EXECUTE FUNCTION alerts_guard_alert();

CREATE FUNCTION alerts_guard_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <> (SELECT version FROM alerts_alert WHERE id = NEW.alert_id) THEN
        RAISE EXCEPTION 'transition % of alert % leaves a gap', NEW.seq, NEW.alert_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alerts_guard_transition BEFORE INSERT ON alerts_transition
    FOR EACH ROW EXECUTE FUNCTION alerts_guard_transition();

CREATE FUNCTION alerts_demand_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM alerts_transition WHERE alert_id = NEW.id AND seq = NEW.version) THEN
        RAISE EXCEPTION 'alert % changed without a transition', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER alerts_demand_transition AFTER INSERT OR UPDATE OF version ON alerts_alert
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.version > 0)
    EXECUTE FUNCTION alerts_demand_transition();
"""

# The engine compares this number at each tick, so that every road of editing is seen, SQL included.
EDITIONS = """
CREATE FUNCTION alerts_raise_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO alerts_ruleedition (id, number) VALUES (1, 1)
        ON CONFLICT (id) DO UPDATE SET number = alerts_ruleedition.number + 1;
    NOTIFY alerts_rules;
    RETURN NULL;
END $$;
CREATE TRIGGER alerts_raise_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON alerts_rule
    FOR EACH STATEMENT EXECUTE FUNCTION alerts_raise_edition();
"""


def _refusing(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION alerts_refuse_rewriting();\n"
    )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            APPEND_ONLY + "".join(_refusing(table) for table in HISTORY),
            "DROP FUNCTION alerts_refuse_rewriting() CASCADE;",
        ),
        migrations.RunSQL(
            ONE_WAY,
            """
            DROP FUNCTION alerts_guard_alert() CASCADE;
            DROP FUNCTION alerts_guard_transition() CASCADE;
            DROP FUNCTION alerts_demand_transition() CASCADE;
            """,
        ),
        migrations.RunSQL(
            EDITIONS,
            "DROP FUNCTION alerts_raise_edition() CASCADE;",
        ),
    ]
