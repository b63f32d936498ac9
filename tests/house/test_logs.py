"""Log lines cannot be forged by what they report."""

import json
import logging

import pytest

from ops_portal.logs import ConsoleFormatter, JsonLines

FORGED = "paid\nERROR root: all is lost\x1b[31m"


def record(message: str, **extra: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": "alerts.engine", "levelname": "WARNING", "msg": message, **extra}
    )


@pytest.mark.parametrize("formatter", [ConsoleFormatter(), JsonLines()])
def test_line_breaks_and_terminal_codes_are_written_out(formatter: logging.Formatter) -> None:
    line = formatter.format(record(FORGED, title=FORGED))

    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_extras_stand_behind_the_sentence() -> None:
    line = ConsoleFormatter().format(record("no data", rule="high_drawdown"))

    assert line == "WARNING alerts.engine: no data  rule=high_drawdown"


def test_json_lines_carry_level_logger_event_and_extras() -> None:
    line = json.loads(JsonLines().format(record("no data", rule="high_drawdown")))

    assert line["level"] == "WARNING"
    assert line["logger"] == "alerts.engine"
    assert line["event"] == "no data"
    assert line["rule"] == "high_drawdown"
    assert line["ts"].endswith("+00:00")
