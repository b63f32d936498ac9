from django.db import migrations

TABLES = ("alerts_silence", "alerts_inhibition")


class Migration(migrations.Migration):
    dependencies = [("alerts", "0014_silences")]

    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_change_routing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION alerts_change_routing();",
            f"DROP TRIGGER {table}_change_routing ON {table};",
        )
        for table in TABLES
    ]
