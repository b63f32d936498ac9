from django.db import migrations, models


class Migration(migrations.Migration):
    """What old fills left open, so that it outlives them."""

    dependencies = [("analytics", "0017_find_rollups")]

    operations = [
        migrations.CreateModel(
            name="OpenPosition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "env",
                    models.TextField(
                        choices=[("live", "Live"), ("paper", "Paper"), ("backtest", "Backtest")]
                    ),
                ),
                ("currency", models.TextField()),
                ("source", models.TextField()),
                ("strategy", models.TextField(blank=True)),
                ("symbol", models.TextField(blank=True)),
                ("position_id", models.TextField(blank=True)),
                ("quantity", models.DecimalField(decimal_places=18, max_digits=38)),
                ("entry", models.DecimalField(decimal_places=18, max_digits=38, null=True)),
                ("opened_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("env", "currency", "source", "strategy", "symbol", "position_id"),
                        name="open_position_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity", 0), _negated=True),
                        name="open_position_has_quantity",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PositionStand",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("until", models.DateTimeField()),
                ("last_id", models.BigIntegerField(default=0)),
                ("seen_id", models.BigIntegerField(default=0)),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="position_stand_alone"
                    )
                ],
            },
        ),
    ]
