"""What a page costs before anything is seen: bytes over the wire, scripts, points of a chart."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Response

from tests import seeded
from tests.browser import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGE, SCRIPTS = 150 * 1024, 100 * 1024  # bytes, gzipped; the chart library alone is 71,000
POINTS = 2_000  # of one series


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """The bytes of each static file as production sends it."""
    folder = tmp_path_factory.mktemp("static")
    backend = {"BACKEND": "ops_portal.static_files.HashedStaticFiles"}
    with override_settings(
        STORAGES={**storages.backends, "staticfiles": backend}, STATIC_ROOT=folder
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
    hashed = json.loads((folder / "staticfiles.json").read_text())["paths"]
    return {f"/static/{name}": len(_packed(folder / path)) for name, path in hashed.items()}


def _packed(path: Path) -> bytes:
    packed = path.with_name(f"{path.name}.gz")
    return (packed if packed.exists() else path).read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/trading/",
        "/trading/performance/",
        "/trading/risk/",
        "/trading/execution/",
        "/alerts/",
        "/system/",
        "/alerts/{firing}/",
    ],
)
def test_a_page_is_light(open_page: OpenPage, served: dict[str, int], path: str) -> None:
    desk = seeded.seed(now=timezone.now())
    page = open_page("/favicon.svg", by=desk.alice)
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108

    page.goto(path.format(firing=desk.firing.pk))
    page.wait_for_selector("#live[data-state=live]")

    fetched = {answer.url: answer for answer in answers if answer.status == 200}
    sizes = {url: weight(answer, served) for url, answer in fetched.items()}
    scripts = sum(size for url, size in sizes.items() if url.endswith(".js"))
    print(f"\n{path}: {len(sizes)} answers, {sum(sizes.values())} bytes, scripts {scripts}")
    assert {url.split("/")[2] for url in fetched} == {page.url.split("/")[2]}
    assert len(fetched) > 5
    assert sum(sizes.values()) <= PAGE
    assert 5_000 < scripts <= SCRIPTS
    assert longest_series(page.content()) <= POINTS


def weight(answer: Response, served: dict[str, int]) -> int:
    """Bytes over the wire of an answer; of a static file, as production sends it."""
    path = urlsplit(answer.url).path
    return served[path] if path in served else len(gzip.compress(answer.body()))


def longest_series(html: str) -> int:
    """The longest list in any JSON that the page carries."""
    found = 0
    for part in html.split('type="application/json"')[1:]:
        stack = [json.loads(part.partition(">")[2].partition("</script>")[0])]
        while stack:
            node = stack.pop()
            if isinstance(node, list):
                found = max(found, len(node))
            if isinstance(node, list | dict):
                stack.extend(node.values() if isinstance(node, dict) else node)
    return found
