from django.db import migrations

# The bytes that are hashed; alerts/chain.py says them again. Written out where they are used:
# a function of its own would double the time of an insert.
BIRTH = """sha256(convert_to(jsonb_build_array(
    a.uid, a.fingerprint, a.rule_name, a.labels,
    (extract(epoch FROM a.started_at) * 1000000)::bigint)::text, 'UTF8'))"""
LINK = """sha256(before || convert_to(jsonb_build_array(
    {row}.alert_id, {row}.seq, {row}.action, {row}.from_state, {row}.to_state, {row}.actor_id,
    {row}.via, {row}.note, encode(float8send({row}.value), 'hex'), {row}.detail,
    (extract(epoch FROM {row}.at) * 1000000)::bigint)::text, 'UTF8'))"""

SEAL = f"""
CREATE FUNCTION alerts_seal_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before bytea;
BEGIN
    IF NEW.seq = 1 THEN
        SELECT {BIRTH} INTO before FROM alerts_alert AS a WHERE a.id = NEW.alert_id;
    ELSE
        SELECT t.hash INTO before FROM alerts_transition AS t
        WHERE t.alert_id = NEW.alert_id AND t.seq = NEW.seq - 1;
    END IF;
    IF before IS NULL THEN
        RAISE EXCEPTION 'transition % of alert % has none before it', NEW.seq, NEW.alert_id
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.hash := {LINK.format(row="NEW")};
    RETURN NEW;
END $$;
"""

# Rows from before the chain are sealed as they are found; the triggers that refuse it sleep.
SEAL_OLD = f"""
DO $$
DECLARE
    change alerts_transition;
    before bytea;
BEGIN
    FOR change IN SELECT * FROM alerts_transition ORDER BY alert_id, seq LOOP
        IF change.seq = 1 THEN
            SELECT {BIRTH} INTO before FROM alerts_alert AS a WHERE a.id = change.alert_id;
        END IF;
        before := {LINK.format(row="change")};
        UPDATE alerts_transition SET hash = before WHERE id = change.id;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0017_transition_hash")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE alerts_transition DISABLE TRIGGER USER;"
            + SEAL_OLD
            + "ALTER TABLE alerts_transition ENABLE TRIGGER USER;",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            SEAL
            + "CREATE TRIGGER alerts_seal_transition BEFORE INSERT ON alerts_transition"
            " FOR EACH ROW EXECUTE FUNCTION alerts_seal_transition();",
            "DROP FUNCTION alerts_seal_transition() CASCADE;",
        ),
    ]
