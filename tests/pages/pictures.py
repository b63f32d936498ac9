"""Draws docs/images/*.png; run by `make screenshots`, no part of the suite."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests import desk_day, seeded
from tests.browser import OpenPage

IMAGES = Path(__file__).resolve().parent.parent.parent / "docs" / "images"
PICTURES = {
    "system-light": "/system/",
    "overview-light": "/",
    "overview-dark": "/",
    "overview-phone": "/",
    "trading-light": "/trading/",
    "trading-dark": "/trading/",
    "alerts-light": "/alerts/",
    "alerts-phone": "/alerts/",
    "alert-light": "/alerts/{firing}/",
    "alert-dark": "/alerts/{firing}/",
    "alert-phone": "/alerts/{firing}/",
}
SIZES = {"light": (1280, 860), "dark": (1280, 860), "phone": (390, 844)}
SETTLED_MS = 1_500  # charts drawn, ages told


@pytest.mark.browser
def test_draw_the_pictures_of_the_readme(open_page: OpenPage) -> None:
    desk = seeded.seed(now=timezone.now())
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, path in PICTURES.items():
        look = name.rpartition("-")[2]
        desk_day.run(now=timezone.now())

        page = open_page(path.format(firing=desk.firing.pk), by=desk.alice, look=look)
        page.set_viewport_size({"width": SIZES[look][0], "height": SIZES[look][1]})
        expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=30_000)
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=IMAGES / f"{name}.png")
        page.close()
