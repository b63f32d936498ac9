"""Every page in Chromium, light, dark and on a phone: no violation, no error, nothing for axe."""

from __future__ import annotations

import pytest

from tests.browser import LOOKS, OpenPage, assert_clean, save
from tests.factories import person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", ["/no/such/page/"])
def test_pages_of_strangers_are_clean(open_page: OpenPage, path: str, look: str) -> None:
    page = open_page(path, look=look)

    save(page, f"stranger{path.replace('/', '-')}{look}")
    assert_clean(page, expected=lambda text: "404" in text)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("path", ["/"])
def test_pages_are_clean(open_page: OpenPage, path: str, look: str) -> None:
    erin = person("erin", role="", is_superuser=True, is_staff=True)

    page = open_page(path, by=erin, look=look)

    save(page, f"page{path.replace('/', '-')}{look}")
    assert_clean(page)
