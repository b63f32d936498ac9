"""A file is uploaded, its columns are looked at, and it is asked for, by those who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from analytics.importing import jobs
from analytics.models import Import, ImportProblem, Trade
from ops_portal.lib import uploads
from tests import factories
from tests.browser import OpenPage, assert_clean, save

pytestmark = pytest.mark.django_db
ADD = "/admin/analytics/import/add/"
TRADES = b"""Nr,pair,close_date,Gewinn
1,BTC/USDT,2026-03-01,12.5
2,=HYPERLINK(1),2026-03-02,abc
3,ETH/USDT,2026-03-02,-3.25
"""
ANSWERS = {"kind": "trades", "source": "old", "env": "live"}
MEANT = {"column-0": "trade_id", "column-1": "symbol", "column-2": "closed_at", "column-3": "pnl"}


def client_of(name: str) -> Client:
    client = Client()
    client.force_login(factories.person(name))
    return client


def upload(client: Client, content: bytes = TRADES, **answers: str) -> Any:
    file = SimpleUploadedFile("trades.csv", content)
    return client.post(ADD, {**ANSWERS, "file": file, **answers})


def page(response: Any) -> str:
    assert response.status_code == 200
    told: str = response.content.decode()
    return told


def test_from_the_upload_to_the_list_of_bad_rows() -> None:
    dora = client_of("dora")

    columns = upload(dora).headers["Location"]
    proposed = page(dora.get(columns))
    assert "No column for pnl" in proposed
    looked = page(dora.post(columns, {**MEANT, "do": "look"}))
    assert "Of the first 3 rows 1 would be left out" in looked
    watched = dora.post(columns, {**MEANT, "do": "start"}).headers["Location"]
    jobs.bring_in_due(now=timezone.now())

    assert Trade.objects.count() == 2
    assert "Rows left out as CSV" in page(dora.get(watched))
    found = Import.objects.get()
    told = dora.get(f"/admin/analytics/import/{found.pk}/state/").json()
    assert (told["state"], told["row"], told["rows"], told["bad"]) == ("finished", 3, 3, 1)
    answer = dora.get(f"/admin/analytics/import/{found.pk}/bad-rows.csv")
    lines = b"".join(answer).decode().splitlines()
    assert lines[1].startswith("3,Gewinn,`pnl` is not")
    assert found.created_by is not None


def test_cells_that_a_spreadsheet_would_run_are_text_in_the_download() -> None:
    found = Import.objects.create(kind="trades", name="t.csv", digest="0" * 64, state="finished")
    ImportProblem.objects.create(of=found, line=2, column="=1+1", reason="bad", raw="@SUM(A1)")

    answer = client_of("bob").get(f"/admin/analytics/import/{found.pk}/bad-rows.csv")

    assert b"".join(answer).splitlines()[1] == b"2,'=1+1,bad,'@SUM(A1)"


def test_who_started_and_stopped_it_is_in_its_history() -> None:
    dora = client_of("dora")
    columns = upload(dora).headers["Location"]
    dora.post(columns, {**MEANT, "do": "start"})
    found = Import.objects.get()
    dora.post(f"/admin/analytics/import/{found.pk}/go/", {"do": "stop"})

    history = page(dora.get(f"/admin/analytics/import/{found.pk}/history/"))

    assert Import.objects.get().state == "stopped"
    assert history.count("by dora") == 3
    assert "<td>Proposed</td><td>Waiting</td>" in history
    assert "<td>Waiting</td><td>Stopped</td>" in history


def test_what_is_wrong_with_a_file_is_said_beside_it() -> None:
    dora = client_of("dora")

    assert "The file is no JSON" in page(upload(dora, b"{nonsense"))
    assert "Choose a file of at most 64 MiB" in page(dora.post(ADD, ANSWERS))
    assert not Import.objects.exists()


def test_a_request_that_is_too_large_leaves_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 10)
    monkeypatch.setattr(uploads, "AROUND", 10)

    assert "Choose a file of at most 64 MiB" in page(upload(client_of("dora")))


def test_a_proposal_is_discarded_and_a_finished_one_is_not() -> None:
    dora = client_of("dora")
    upload(dora)
    found = Import.objects.get()
    go = f"/admin/analytics/import/{found.pk}/go/"

    answer = dora.post(go, {"do": "discard"})

    assert answer.headers["Location"] == "/admin/analytics/import/"
    assert not Import.objects.exists()


@pytest.mark.browser
def test_a_file_comes_in_while_the_page_watches(open_page: OpenPage) -> None:
    dora = factories.person("dora")
    for look in ("dark", "phone"):
        tab = open_page(ADD, by=dora, look=look)
        tab.locator("#id_file").set_input_files(
            {"name": "trades.csv", "mimeType": "text/csv", "buffer": TRADES}
        )
        expect(tab.locator("#id_source")).to_have_value("import")
        save(tab, f"import-upload-{look}")
        assert_clean(tab)
        tab.get_by_role("button", name="Look at it").click()
        tab.get_by_label("Gewinn").select_option("pnl")
        tab.get_by_role("button", name="Look again").click()
        expect(tab.get_by_text("As they would be stored")).to_be_visible()
        save(tab, f"import-columns-{look}")
        assert_clean(tab)
    tab.get_by_role("button", name="Bring it in", exact=True).click()
    expect(tab.locator("#import-state")).to_have_attribute("data-state", "waiting")

    jobs.bring_in_due(now=timezone.now())

    expect(tab.locator("#import-state")).to_have_attribute("data-state", "finished", timeout=30_000)
    save(tab, "import-finished-phone")
    assert_clean(tab)
    tab.set_viewport_size({"width": 1440, "height": 900})
    save(tab, "import-finished-light")
