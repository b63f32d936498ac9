from django.db import migrations

RENEW = """
CREATE FUNCTION ops_portal_renew_rights() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ops_portal_rightsedition (id, mark) VALUES (1, gen_random_uuid())
        ON CONFLICT (id) DO UPDATE SET mark = EXCLUDED.mark;
    RETURN NULL;
END $$;
"""
# What rights are made of. The person's own row is read by every request anyway.
TABLES = {
    "auth_group": "UPDATE",
    "auth_group_permissions": "UPDATE",
    "auth_permission": "UPDATE",
    "auth_user_groups": "UPDATE",
    "auth_user_user_permissions": "UPDATE",
    "mfa_authenticator": "UPDATE OF type, user_id",  # not at each use of a factor
}


def _watching(table, update):
    # Before the rows are touched: two changes wait for each other here, and never crosswise.
    return (
        f"CREATE TRIGGER {table}_renews_rights "
        f"BEFORE INSERT OR {update} OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ops_portal_renew_rights();\n"
    )


class Migration(migrations.Migration):
    replaces = [
        ("ops_portal", "0004_rights_edition"),
    ]

    dependencies = [
        ("ops_portal", "0002_groups"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.RunSQL(
            RENEW
            + "".join(_watching(table, update) for table, update in TABLES.items())
            + "INSERT INTO ops_portal_rightsedition (id, mark) VALUES (1, gen_random_uuid());",
            "".join(f"DROP TRIGGER {table}_renews_rights ON {table};\n" for table in TABLES)
            + "DROP FUNCTION ops_portal_renew_rights();",
        ),
    ]
