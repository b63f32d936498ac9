"""The house itself: the tables exist on a real PostgreSQL."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_the_tables_of_the_three_apps_exist() -> None:
    tables = connection.introspection.table_names()

    assert {"analytics_trade", "alerts_alert", "health_component"} <= set(tables)
