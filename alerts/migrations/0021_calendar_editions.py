from django.db import migrations

# Rules are judged and routes are muted by calendars: an edit of one is an edit of both.
WATCHING = """
CREATE TRIGGER alerts_calendar_raise_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON alerts_calendar FOR EACH STATEMENT EXECUTE FUNCTION alerts_raise_edition();
CREATE TRIGGER alerts_calendar_change_routing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON alerts_calendar FOR EACH STATEMENT EXECUTE FUNCTION alerts_change_routing();
CREATE TRIGGER alerts_rule_change_routing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON alerts_rule FOR EACH STATEMENT EXECUTE FUNCTION alerts_change_routing();
"""
ALONE = """
DROP TRIGGER alerts_calendar_raise_edition ON alerts_calendar;
DROP TRIGGER alerts_calendar_change_routing ON alerts_calendar;
DROP TRIGGER alerts_rule_change_routing ON alerts_rule;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0020_calendars")]

    operations = [migrations.RunSQL(WATCHING, ALONE)]
