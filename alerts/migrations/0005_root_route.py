from django.db import migrations


def plant(apps, schema_editor):
    apps.get_model("alerts", "Route").objects.get_or_create(
        parent=None, defaults={"name": "Everything"}
    )


class Migration(migrations.Migration):
    replaces = [
        ("alerts", "0013_root_route"),
    ]

    dependencies = [("alerts", "0004_editions")]

    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
