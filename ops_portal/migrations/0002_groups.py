from django.contrib.auth.management import create_permissions
from django.db import migrations

from ops_portal.roles import APPS, Role, set_permissions


def make_groups(apps, schema_editor):
    """Permissions are made after a migrate; the groups need those of today's models now."""
    for label in APPS:
        app_config = apps.get_app_config(label)
        app_config.models_module = True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = None
        set_permissions(apps, label)


def remove_groups(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=list(Role)).delete()


class Migration(migrations.Migration):
    replaces = [
        ("ops_portal", "0002_roles"),
    ]

    dependencies = [
        ("ops_portal", "0001_tables"),
        ("alerts", "0001_tables"),
        ("analytics", "0001_tables"),
        ("health", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_groups, remove_groups)]
