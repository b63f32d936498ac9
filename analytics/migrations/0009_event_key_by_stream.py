from django.db import migrations, models


class Migration(migrations.Migration):
    """An event is known by its stream too; the key begins with what tells events apart."""

    dependencies = [("analytics", "0008_trade_key_first")]

    operations = [
        migrations.RunSQL(
            sql="""
            ALTER TABLE analytics_eventkey DROP CONSTRAINT analytics_eventkey_pkey;
            ALTER TABLE analytics_eventkey ADD PRIMARY KEY (event_id, source, stream);
            """,
            reverse_sql="""
            ALTER TABLE analytics_eventkey DROP CONSTRAINT analytics_eventkey_pkey;
            ALTER TABLE analytics_eventkey ADD PRIMARY KEY (source, event_id);
            """,
            state_operations=[
                migrations.AlterField(
                    "eventkey",
                    "pk",
                    models.CompositePrimaryKey(
                        "event_id",
                        "source",
                        "stream",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                )
            ],
        )
    ]
