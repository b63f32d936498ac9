"""A hundred thousand rows, a hundred of them bad; killed in the middle, and gone on with."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from analytics.importing import jobs, run, uploads
from analytics.importing.order import Order
from analytics.models import Import, ImportProblem, Trade, TradeRollup, UploadPart
from tests import factories
from tests.analytics import engines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROWS, BAD = 100_000, 100
WORK = "from analytics.tasks import bring_in; bring_in()"  # what a worker does
SPOILED = ("abc", "", "1,5", "1e99")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    dice = random.Random(3)
    bad = set(dice.sample(range(ROWS), BAD))
    path = tmp_path / "trades.csv"
    with path.open("w") as lines:
        lines.write("id,symbol,closed_at,pnl,strategy\n")
        for number in range(ROWS):
            pnl = f'"{dice.choice(SPOILED)}"' if number in bad else f"{dice.gauss(0, 9):.2f}"
            at = 1_770_000_000 + number * 60
            lines.write(f"{number},BTC/USDT,{at},{pnl},s{number % 3}\n")
    return path


def books() -> tuple[object, ...]:
    """Everything the file should leave behind, but the ids of rows."""
    names = ("unit", "bucket", "strategy", "trades", "wins", "losses", "breakeven", "pnl")
    rollups = TradeRollup.objects.exclude(unit="m").order_by(*names[:3]).values_list(*names)
    trades = Trade.objects.order_by("trade_key").values_list("trade_key", "pnl", "closed_at")
    return list(rollups), hash(tuple(trades)), TradeRollup.objects.filter(unit="m").count()


def listed() -> list[tuple[int, str, str]]:
    found = ImportProblem.objects.filter(of=Import.objects.latest("pk")).order_by("line")
    return list(found.values_list("line", "column", "reason"))


def test_nothing_is_lost_doubled_or_half_stored(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    command = [sys.executable, "manage.py", "import_csv", str(file), "--kind=trades"]
    with subprocess.Popen(command, cwd=engines.BASE, env=engines.environment()) as process:
        engines.until(lambda: Import.objects.filter(row__gt=20_000).exists())
        process.kill()
    killed_at = Import.objects.get().row
    assert Trade.objects.count() == killed_at - ImportProblem.objects.count()

    call_command("import_csv", str(file), "--kind=trades")
    seconds = time.monotonic() - began
    resumed = Import.objects.get()
    first, problems = books(), listed()
    call_command("import_csv", str(file), "--kind=trades")

    again = Import.objects.latest("pk")
    with capsys.disabled():
        print(
            f"\n{ROWS} rows, {BAD} bad, killed after {killed_at}: {resumed.changed} stored,"
            f" {len(problems)} listed, {seconds:.0f} s; again: {again.changed} stored"
        )
    assert (resumed.changed, resumed.bad, resumed.state) == (ROWS - BAD, BAD, "finished")
    assert Trade.objects.count() == ROWS - BAD
    assert (again.changed, again.unchanged, again.bad) == (0, ROWS - BAD, BAD)
    assert (books(), listed()) == (first, problems)
    assert {column for _, column, _ in problems} == {"pnl"}


def test_two_at_once_are_told_apart(file: Path) -> None:
    found = run.begin(Order(file, "trades", "import"), now=timezone.now())
    command = [sys.executable, "manage.py", "import_csv", str(file), "--kind=trades"]
    with subprocess.Popen(command, cwd=engines.BASE, env=engines.environment()) as process:
        engines.until(lambda: Import.objects.filter(row__gt=0).exists())
        second = subprocess.run(
            command, cwd=engines.BASE, env=engines.environment(), capture_output=True, text=True
        )
        process.kill()

    assert second.returncode == 1
    assert "Another process is bringing in trades.csv." in second.stderr
    assert Import.objects.get().pk == found.pk


def test_a_worker_killed_in_the_middle_of_an_upload_is_followed_by_another(file: Path) -> None:
    rows = 20_000
    content = b"".join(file.read_bytes().splitlines(keepends=True)[: rows + 1])
    given = Order(path=Path(), kind="trades", source="upload", name="trades.csv")
    found = uploads.propose([content], given, by=factories.person("dora"))
    jobs.start(found, {}, now=timezone.now())
    command = [sys.executable, "manage.py", "shell", "-c", WORK]
    with subprocess.Popen(command, cwd=engines.BASE, env=engines.environment()) as process:
        engines.until(lambda: Import.objects.filter(row__gt=0).exists())
        process.kill()
    killed = Import.objects.get()
    stored, listed_then = Trade.objects.count(), ImportProblem.objects.count()

    engines.until(lambda: jobs.bring_in_due(now=timezone.now()) == 1)  # once its lock is gone

    ended = Import.objects.get()
    assert (killed.state, killed.row) == ("running", stored + listed_then)
    assert killed.row < rows == ended.row
    assert (ended.state, ended.changed + ended.bad) == ("finished", rows)
    assert (Trade.objects.count(), ImportProblem.objects.count()) == (ended.changed, ended.bad)
    assert sum(TradeRollup.objects.filter(unit="d").values_list("trades", flat=True)) == (
        ended.changed
    )
    assert not UploadPart.objects.exists()
