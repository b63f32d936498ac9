from django.db import migrations

HISTORY = ("alerts_transition", "alerts_escalationstep", "alerts_attempt")

APPEND_ONLY = """
CREATE FUNCTION alerts_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# Evidence is closed once and never rewritten.
SPANS = """
CREATE FUNCTION alerts_guard_span() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ends_at IS NULL AND NEW.ends_at IS NOT NULL
       AND (NEW.id, NEW.schedule_id, NEW.user_id, NEW.source, NEW.starts_at)
           IS NOT DISTINCT FROM (OLD.id, OLD.schedule_id, OLD.user_id, OLD.source, OLD.starts_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% only grows: % is refused', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER alerts_guard_span BEFORE UPDATE OR DELETE ON alerts_oncallspan
    FOR EACH ROW EXECUTE FUNCTION alerts_guard_span();
CREATE TRIGGER alerts_guard_spans BEFORE TRUNCATE ON alerts_oncallspan
    FOR EACH STATEMENT EXECUTE FUNCTION alerts_guard_span();
"""

# A press is evidence for at least 90 days; then whoever owns the tables may take it away.
PRESSES = """
CREATE FUNCTION alerts_refuse_young_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > now() - interval '90 days' THEN
        RAISE EXCEPTION '% only grows: a row is kept for 90 days', TG_TABLE_NAME;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER alerts_callback_only_grows BEFORE UPDATE OR TRUNCATE ON alerts_callback
    FOR EACH STATEMENT EXECUTE FUNCTION alerts_refuse_rewriting();
CREATE TRIGGER alerts_callback_keeps_the_young BEFORE DELETE ON alerts_callback
    FOR EACH ROW EXECUTE FUNCTION alerts_refuse_young_deletion();
"""


def _refusing(table: str) -> str:
    return (
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION alerts_refuse_rewriting();\n"
    )


class Migration(migrations.Migration):
    """What is history in the database, too, whoever writes to it."""

    replaces = [
        ("alerts", "0006_on_call_guards"),
        ("alerts", "0024_old_presses_leave"),
    ]

    dependencies = [("alerts", "0001_tables")]

    operations = [
        migrations.RunSQL(
            APPEND_ONLY + "".join(_refusing(table) for table in HISTORY),
            "DROP FUNCTION alerts_refuse_rewriting() CASCADE;",
        ),
        migrations.RunSQL(SPANS, "DROP FUNCTION alerts_guard_span() CASCADE;"),
        migrations.RunSQL(PRESSES, "DROP FUNCTION alerts_refuse_young_deletion() CASCADE;"),
    ]
