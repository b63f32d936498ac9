"""What every test may rely on."""

from __future__ import annotations

import os

import pytest
from pytest_django import DjangoDbBlocker

from analytics import samples
from tests import flushing, template
from tests.browser import browser, chromium, open_page, portal_url

flushing.install()

__all__ = ["browser", "chromium", "open_page", "portal_url"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Let the workers of one run share one run of the migrations."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is not None:
        with django_db_blocker.unblock():
            template.use(run)


@pytest.fixture(autouse=True)
def _no_series_of_another_test() -> None:
    """Series rows are remembered per process; the end of each test takes them away."""
    samples.forget()
