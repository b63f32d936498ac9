"""Rules that ask PromQL, against a real Prometheus: answers, absence, errors, replay."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings

from alerts import prometheus, queries
from alerts.backtest import compare
from alerts.models import Alert, Policy, PrometheusServer, QueryState, Rule, RuleError
from alerts.prometheus import NoAnswer, Server
from analytics import series as store
from ops_portal.lib.http import Answer
from tests import factories
from tests.alerts.conftest import NOON
from tests.alerts.desk import Desk, actions_of
from tests.sinks import WebSink, says

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("prometheus")]

CLOCK = 'label_replace(vector(time() % 600), "venue", "kraken", "", "")'  # 0 at noon
PAIR = f'{CLOCK} or label_replace(vector(time() % 1200), "venue", "binance", "", "")'


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that scrapes nothing: `time()` is the time that is asked for."""
    home: Path = tmp_path_factory.mktemp("prometheus")
    (home / "prometheus.yml").write_text("global: {}\n")
    url = f"http://127.0.0.1:{free_port()}"
    running = subprocess.Popen(
        [
            "prometheus", f"--config.file={home}/prometheus.yml",
            f"--storage.tsdb.path={home}/data",
            f"--web.listen-address={url.removeprefix('http://')}",
        ],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not _ready(url) and time.monotonic() < deadline:
        time.sleep(0.2)
    yield url
    running.terminate()
    running.wait(30)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def server(address: str, settings: Settings, transactional_db: None) -> PrometheusServer:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]
    return factories.server(url=address)


@pytest.fixture
def desk(transactional_db: None, policy: Policy) -> Desk:
    return Desk(stream="")


def rule(server: PrometheusServer, query: str = CLOCK, **fields: object) -> Rule:
    made = Rule(
        **{
            "name": "slow-clock", "title": "{{venue}} is at {{value}}", "query": query,
            "server": server, "comparison": ">", "threshold": 300.0, "severity": "warning",
            **fields,
        }
    )  # fmt: skip
    made.full_clean()
    made.save()
    return made


def asked(desk: Desk, seconds: float) -> None:
    """What the engine does at so many seconds after noon: ask, store, judge, tick."""
    desk.now = NOON + timedelta(seconds=seconds)
    readings = queries.ask_due(now=desk.now)
    with transaction.atomic(), connection.cursor() as cursor:
        samples = store.record(cursor, readings, now=desk.now)
        desk.evaluator.observe(samples, now=desk.now)
    desk.evaluator.tick(now=desk.now)


def test_each_series_of_the_answer_is_judged_by_itself(
    desk: Desk, server: PrometheusServer
) -> None:
    rule(server, PAIR)
    asked(desk, 0)
    assert not Alert.objects.exists()

    asked(desk, 400)
    asked(desk, 700)

    told = {alert.labels["venue"]: alert for alert in Alert.objects.all()}
    assert (told["kraken"].state, told["binance"].state) == ("resolved", "firing")
    assert told["kraken"].title == "kraken is at 400"
    assert told["binance"].labels == {"venue": "binance", "alertname": "slow-clock"}


def test_with_a_comparison_of_its_own_presence_is_the_condition(
    desk: Desk, server: PrometheusServer
) -> None:
    rule(server, f"{CLOCK} > 300", aggregate="present", for_seconds=60)
    for seconds in (0, 301, 331):
        asked(desk, seconds)
    assert not Alert.objects.exists()

    asked(desk, 361)
    assert Alert.objects.get().value == 361
    asked(desk, 600)
    asked(desk, 1_900)

    assert actions_of(Alert.objects.get()) == ["fired", "resolved"]


def test_a_server_that_is_away_resolves_nothing(desk: Desk, server: PrometheusServer) -> None:
    made = rule(server, f"{CLOCK} > 300", aggregate="present")
    asked(desk, 400)
    PrometheusServer.objects.update(url=f"http://127.0.0.1:{free_port()}")

    asked(desk, 430)
    assert Alert.objects.get().condition == "nodata"
    assert "connection failed" in RuleError.objects.get(rule=made).message
    asked(desk, 605)
    assert Alert.objects.get().state == "firing"

    PrometheusServer.objects.update(url=server.url)
    asked(desk, 640)
    asked(desk, 641)
    assert actions_of(Alert.objects.get()) == ["fired", "no_data", "resolved"]
    assert not RuleError.objects.exists()


def test_errors_may_leave_the_last_state(desk: Desk, server: PrometheusServer) -> None:
    rule(server, f"{CLOCK} > 300", aggregate="present", on_error="keep")
    asked(desk, 400)
    PrometheusServer.objects.update(url=f"http://127.0.0.1:{free_port()}")

    asked(desk, 430)
    desk.restart()
    asked(desk, 460)

    assert actions_of(Alert.objects.get()) == ["fired"]


def test_a_question_is_asked_as_often_as_its_rule_says(
    desk: Desk, server: PrometheusServer
) -> None:
    rule(server, query_seconds=30)
    asked(desk, 0)

    assert queries.ask_due(now=NOON + timedelta(seconds=29)) == []
    assert len(queries.ask_due(now=NOON + timedelta(seconds=30))) == 1
    assert QueryState.objects.get().due_at == NOON + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("up[5m]", "gives a matrix"),
        ("{__name__=~'.+'} * on(x) y", "Status 422|gives|Status 400|^$"),
    ],
)
def test_what_is_no_vector_is_an_error(
    desk: Desk, server: PrometheusServer, query: str, problem: str
) -> None:
    made = rule(server, query)

    asked(desk, 0)

    if problem == "gives a matrix":
        assert problem in RuleError.objects.get(rule=made).message
    else:
        assert QueryState.objects.get(rule=made).series == 0


HOSTILE_ANSWERS = [
    ("scalar", []),
    ("scalar", [0, "many"]),
    ("vector", {"metric": {}}),
    ("vector", [{"metric": [], "value": [0, "1"]}]),
    ("vector", [{"metric": {"venue": {"deep": 1}}, "value": [0, "1"]}]),
    ("vector", [{"metric": {"venue": "a\0b"}, "value": [0, "1"]}]),
    ("vector", [{"metric": {}, "value": [0, "1,5"]}]),
    ("matrix", None),
    ("matrix", [{"metric": {}, "values": [0, "1"]}]),
    ("matrix", [{"metric": {"a\0": "b"}, "values": []}]),
]


@pytest.mark.parametrize(("kind", "result"), HOSTILE_ANSWERS)
def test_an_answer_that_cannot_be_read_is_no_answer(
    desk: Desk, web: WebSink, kind: str, result: object
) -> None:
    told = {"status": "success", "data": {"resultType": kind, "result": result}}
    web.plan.extend([says(200, json.dumps(told).encode())] * 2)
    made = rule(factories.server(url=web.url))

    if kind == "matrix":
        with pytest.raises(NoAnswer):
            queries.past(made, start=NOON, end=NOON + timedelta(hours=1))
    else:
        asked(desk, 0)
        assert queries.failing()[made.pk]


def test_a_span_keeps_only_what_lies_in_it(web: WebSink) -> None:
    points = [[NOON.timestamp() + at, "1"] for at in (-60, 0, 60, 1e12)]
    matrix = [{"metric": {}, "values": points}, {"metric": {"venue": "x"}, "values": []}]
    told = {"status": "success", "data": {"resultType": "matrix", "result": matrix}}
    web.plan.append(says(200, json.dumps(told).encode()))

    found = prometheus.span(
        Server(web.url), "up", name="up", start=NOON, end=NOON + timedelta(minutes=2), step=60
    )

    assert [one.value[~np.isnan(one.value)].tolist() for one in found] == [[1.0, 1.0], []]


def test_an_address_that_is_not_allowed_is_not_asked(
    desk: Desk, server: PrometheusServer, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOWED_NETS = []
    rule(server)

    asked(desk, 400)

    assert "may not be reached" in queries.failing()[Rule.objects.get().pk]


def test_a_replay_asks_the_server_for_the_past(desk: Desk, server: PrometheusServer) -> None:
    made = rule(server, f"{CLOCK} > 300", aggregate="present", for_seconds=30)

    found = compare(made, None, days=1, now=NOON)

    lasted = {(each.ended or 0) - each.started for each in found.edited.episodes}
    assert found.edited.fired == 144
    assert lasted == {255.0}  # from 345 s to 600 s of each ten minutes, in steps of 15 s
    assert found.charts


def test_a_span_in_many_answers_is_one_recording(address: str, settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]
    start = NOON - timedelta(seconds=25_000)

    (whole,) = prometheus.span(
        Server(address), "vector(time())", name="m", start=start, end=NOON, step=1
    )

    assert len(whole) == 25_001
    assert whole.value.tolist() == whole.ts.tolist()


@pytest.mark.parametrize("text", ["", "[]", '{"status":"success","data":3}', "<html>", "{}"])
def test_what_is_no_answer_of_prometheus_is_said(text: str) -> None:
    with pytest.raises(NoAnswer):
        prometheus.read(Answer(200, text))


def test_a_query_that_cannot_be_read_is_refused_with_its_reason(server: PrometheusServer) -> None:
    with pytest.raises(ValidationError, match="not PromQL"):
        rule(server, "sum(rate(x[5m])")


def test_a_server_is_asked_before_it_is_saved(server: PrometheusServer) -> None:
    client = Client()
    client.force_login(factories.person("dora"))
    given = {"name": "Other", "timeout_seconds": 5}
    add = "/admin/alerts/prometheusserver/add/"

    away = client.post(add, {**given, "url": f"http://127.0.0.1:{free_port()}"})
    client.post(add, {**given, "url": server.url, "token": "s3cret"})

    assert "connection failed" in away.content.decode()
    made = PrometheusServer.objects.get(name="Other")
    page = client.get(f"/admin/alerts/prometheusserver/{made.pk}/change/").content.decode()
    assert b"s3cret" not in bytes(made.secret)
    assert "s3cret" not in page
