"""Log lines: one line an event, whatever a stream or a browser put into its words."""

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

KNOWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
FORMATTERS = {"console": "ops_portal.logs.ConsoleFormatter", "json": "ops_portal.logs.JsonLines"}
QUIET = {
    "django": "INFO",
    "django.request": "ERROR",  # 4xx are the visitors' errors
    "celery": "WARNING",
    "httpx": "WARNING",
    "asyncio": "WARNING",
}


def configuration(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING: one handler for everything, on stderr; `form` is a key of FORMATTERS."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": FORMATTERS[form]}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"handlers": [], "level": least} for name, least in QUIET.items()},
    }


class ConsoleFormatter(logging.Formatter):
    """`WARNING alerts.engine: no data  rule=high_drawdown series=7`, extras behind the sentence."""

    def format(self, record: logging.LogRecord) -> str:
        extras = (f"{k}={v!s}" for k, v in vars(record).items() if k not in KNOWN)
        line = "  ".join([f"{record.levelname} {record.name}: {record.getMessage()}", *extras])
        said = [printable(line)]
        if record.exc_info:
            said += map(printable, self.formatException(record.exc_info).splitlines())
        return "\n".join(said)


class JsonLines(JsonFormatter):
    """One JSON object a line; JSON itself escapes control characters."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s",
            rename_fields={"levelname": "level", "name": "logger", "message": "event"},
            timestamp="ts",
        )


def printable(text: str) -> str:
    """The text with control characters (line breaks, terminal codes) written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
