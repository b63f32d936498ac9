"""What every test may rely on."""

from __future__ import annotations

from tests import flushing
from tests.browser import browser, open_page, portal_url

flushing.install()

__all__ = ["browser", "open_page", "portal_url"]
