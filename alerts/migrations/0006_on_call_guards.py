from django.db import migrations

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


class Migration(migrations.Migration):
    dependencies = [("alerts", "0005_on_call")]

    operations = [migrations.RunSQL(SPANS, "DROP FUNCTION alerts_guard_span() CASCADE;")]
