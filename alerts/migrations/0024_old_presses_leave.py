from django.db import migrations

# A press is evidence for at least 90 days; then whoever owns the tables may take it away.
ONLY_OLD = """
CREATE FUNCTION alerts_refuse_young_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.at > now() - interval '90 days' THEN
        RAISE EXCEPTION '% only grows: a row is kept for 90 days', TG_TABLE_NAME;
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER alerts_callback_only_grows ON alerts_callback;
CREATE TRIGGER alerts_callback_only_grows BEFORE UPDATE OR TRUNCATE ON alerts_callback
    FOR EACH STATEMENT EXECUTE FUNCTION alerts_refuse_rewriting();
CREATE TRIGGER alerts_callback_keeps_the_young BEFORE DELETE ON alerts_callback
    FOR EACH ROW EXECUTE FUNCTION alerts_refuse_young_deletion();
"""
NONE = """
DROP TRIGGER alerts_callback_keeps_the_young ON alerts_callback;
DROP TRIGGER alerts_callback_only_grows ON alerts_callback;
CREATE TRIGGER alerts_callback_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON alerts_callback
    FOR EACH STATEMENT EXECUTE FUNCTION alerts_refuse_rewriting();
DROP FUNCTION alerts_refuse_young_deletion();
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0023_declarations")]

    operations = [migrations.RunSQL(ONLY_OLD, NONE)]
