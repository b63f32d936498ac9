from django.db import migrations


def plant(apps, schema_editor):
    apps.get_model("alerts", "Route").objects.get_or_create(
        parent=None, defaults={"name": "Everything"}
    )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0012_routing_edition")]

    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
