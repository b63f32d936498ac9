"""What `/metrics` says, in which format, and to whom."""

from __future__ import annotations

import subprocess

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from ops_portal import metrics
from tests.factories import alert
from tests.metrics.desk import busy_desk, counted, recorded, samples, trades

pytestmark = pytest.mark.django_db
AGENTS_OWN = (
    "signals_generated_total",
    "trades_executed_total",
    "execution_latency_seconds_bucket",
    "data_latency_seconds_bucket",
    "current_pnl",
    "win_rate",
    "sharpe_ratio",
    "system_health",
)


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "registry", metrics.Joined(metrics.RowsCollector()))


def scraped() -> dict[str, float]:
    return samples(Client().get("/metrics").content.decode())


def test_the_agents_eight_names_are_unchanged_and_unlabelled() -> None:
    busy_desk()

    found = scraped()

    names = {key.partition("{")[0]: key for key in found}
    assert set(AGENTS_OWN) <= names.keys()
    assert {name for name in AGENTS_OWN if "bucket" not in name} <= found.keys()
    assert (found["trades_executed_total"], found["signals_generated_total"]) == (179, 30)
    assert found["current_pnl"] == pytest.approx(0.0001443)
    assert found["win_rate"] == pytest.approx(100 * 48 / 179)
    assert found["system_health"] == 40


def test_the_alert_threshold_is_an_edge_of_the_latency_histogram() -> None:
    recorded("execution_latency_seconds", [0.005, 0.2, 5.0, 5.1, 61.0])

    found = scraped()

    assert found['execution_latency_seconds_bucket{le="0.005"}'] == 1
    assert found['execution_latency_seconds_bucket{le="5.0"}'] == 3
    assert found['execution_latency_seconds_bucket{le="60.0"}'] == 4
    assert found['execution_latency_seconds_bucket{le="+Inf"}'] == 5
    assert found["execution_latency_seconds_count"] == 5
    assert found["execution_latency_seconds_sum"] == pytest.approx(71.305)


def test_batches_add_up_in_the_histogram() -> None:
    for _ in range(3):
        recorded("slippage_bps", [-60.0, 0.0, 0.5, 51.0])

    found = scraped()

    assert found['ops_trading_slippage_bps_bucket{le="-50.0"}'] == 3
    assert found['ops_trading_slippage_bps_bucket{le="0.0"}'] == 6
    assert found['ops_trading_slippage_bps_bucket{le="50.0"}'] == 9
    assert found['ops_trading_slippage_bps_bucket{le="+Inf"}'] == 12


def test_what_is_not_known_is_absent_and_never_zero() -> None:
    found = scraped()

    for name in ("current_pnl", "win_rate", "sharpe_ratio", "system_health"):
        assert name not in found
    assert "execution_latency_seconds_count" not in found
    assert found["trades_executed_total"] == 0


def test_the_unlabelled_figures_speak_of_live_in_the_reporting_currency() -> None:
    trades(10, wins=5, pnl="12.5")
    trades(4, wins=4, pnl="0.5", currency="BTC")
    trades(7, wins=7, pnl="99", env="paper")
    counted("signal", "buy", 5, env="backtest")

    found = scraped()

    assert (found["current_pnl"], found["win_rate"]) == (12.5, 50)
    assert found["signals_generated_total"] == 0
    labels = 'currency="BTC",env="live",kind="realized",strategy="ema"'
    assert found[f"ops_trading_pnl{{{labels}}}"] == 0.5


def test_open_alerts_and_the_oldest_unacknowledged_are_told() -> None:
    alert()

    found = scraped()

    assert found['ops_portal_alerts_open{severity="critical"}'] == 1
    assert found['ops_portal_alerts_open{severity="info"}'] == 0
    assert found["ops_portal_oldest_unacknowledged_seconds"] > 0


def test_the_portals_own_counters_are_in_the_same_answer() -> None:
    busy_desk()

    found = scraped()

    assert found["ops_portal_live_sockets"] == 3
    assert 0 <= found['ops_portal_process_beat_age_seconds{kind="engine"}'] < 30
    assert (
        found['ops_trading_ingest_rejected_total{reason="bad_number",stream="trade_executions"}']
        == 2
    )
    assert any(name.startswith("django_db_") for name in found)
    assert any(name.startswith("process_resident_memory") for name in found)


def test_the_rows_are_read_once_in_five_seconds(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    Client().get("/metrics")

    with django_assert_num_queries(0):
        Client().get("/metrics")


@pytest.mark.parametrize(
    ("accept", "content_type", "end"),
    [
        ("", "text/plain; version=", "\n"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text", "# EOF\n"),
    ],
)
def test_the_scraper_chooses_the_format(accept: str, content_type: str, end: str) -> None:
    answer = Client().get("/metrics", headers={"Accept": accept})

    assert answer["Content-Type"].startswith(content_type)
    assert answer.content.decode().endswith(end)
    assert answer.content.decode().count("# EOF") == (1 if "EOF" in end else 0)


@pytest.mark.needs("promtool")
def test_promtool_finds_nothing_to_say() -> None:
    busy_desk()
    text = Client().get("/metrics").content

    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
def test_what_comes_through_a_proxy_needs_the_token(headers: dict[str, str]) -> None:
    assert Client().get("/metrics", headers=headers).status_code == 401


@pytest.mark.parametrize("address", ["10.0.0.7", "2001:db8::1", ""])
def test_another_machine_needs_the_token(address: str) -> None:
    assert Client(REMOTE_ADDR=address).get("/metrics").status_code == 401


def test_the_token_opens_and_a_wrong_one_does_not(settings: Settings) -> None:
    settings.METRICS_TOKEN = "scrape-me-if-you-can"
    stranger = Client(REMOTE_ADDR="10.0.0.7")

    tried = {
        words: stranger.get("/metrics", headers={"Authorization": words}).status_code
        for words in (
            "Bearer scrape-me-if-you-can",
            "bearer scrape-me-if-you-can",
            "Bearer scrape-me",
            "Basic scrape-me-if-you-can",
            "Bearer ",
            "",
        )
    }

    assert list(tried.values()) == [200, 200, 401, 401, 401, 401]


def test_without_a_token_no_bearer_is_right() -> None:
    stranger = Client(REMOTE_ADDR="10.0.0.7")

    assert stranger.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401
