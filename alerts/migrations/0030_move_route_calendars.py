from django.db import migrations

MOVED = """
INSERT INTO alerts_route_{kind}_calendars (route_id, calendar_id)
SELECT id, {kind}_calendar_id FROM alerts_route WHERE {kind}_calendar_id IS NOT NULL;
"""
# Of several, the oldest goes back.
RETURNED = """
UPDATE alerts_route AS r SET {kind}_calendar_id = m.calendar_id
FROM (SELECT DISTINCT ON (route_id) route_id, calendar_id FROM alerts_route_{kind}_calendars
      ORDER BY route_id, id) AS m
WHERE m.route_id = r.id;
DELETE FROM alerts_route_{kind}_calendars;
"""
KINDS = ("mute", "active")


class Migration(migrations.Migration):
    dependencies = [("alerts", "0029_route_calendars")]

    operations = [
        migrations.RunSQL(MOVED.format(kind=kind), RETURNED.format(kind=kind)) for kind in KINDS
    ]
