"""A real Prometheus scrapes the portal and understands every line."""

from __future__ import annotations

import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser import free_port
from tests.metrics.desk import busy_desk

CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: portal
    metrics_path: /metrics
    static_configs: [{{targets: ["{target}"]}}]
"""


@pytest.fixture
def prometheus(portal_url: str, tmp_path: Path) -> Iterator[str]:
    port = free_port()
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.format(target=urllib.parse.urlsplit(portal_url).netloc))
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        yield f"http://127.0.0.1:{port}"
        server.terminate()
        server.wait(20)


def asked(prometheus: str, expression: str, *, seconds: float = 60) -> float:
    """The value of an expression, once there is one."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(f"{prometheus}/api/v1/query", params={"query": expression})
            result = answer.json()["data"]["result"] if answer.is_success else []
        except httpx.TransportError:  # it starts
            result = []
        if result:
            return float(result[0]["value"][1])
        time.sleep(0.3)
    raise AssertionError(f"Prometheus never knew {expression}")


@pytest.mark.slow
@pytest.mark.needs("prometheus")
@pytest.mark.django_db(transaction=True)
def test_prometheus_scrapes_the_portal(prometheus: str) -> None:
    busy_desk()

    assert asked(prometheus, 'up{job="portal"} == 1') == 1
    assert asked(prometheus, "trades_executed_total == 179") == 179
    assert asked(prometheus, "win_rate") == pytest.approx(100 * 48 / 179)
    assert asked(prometheus, "histogram_quantile(0.5, execution_latency_seconds_bucket)") > 0.1
    assert asked(prometheus, "ops_portal_rows_readable") == 1
    assert asked(prometheus, "ops_portal_http_requests_total > 0") > 0
