"""The HTTP API of Prometheus: one instant, or a span in steps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import numpy as np

from alerts.recordings import Recording, plain
from ops_portal.lib import http

MOST_SERIES = 1_000  # in one answer
MOST_POINTS = 10_000  # of a series in one answer; Prometheus gives at most 11,000
UNREADABLE = "The answer cannot be read."
INSTANT_BYTES, RANGE_BYTES = 4 * 1024 * 1024, 64 * 1024 * 1024


class NoAnswer(Exception):
    """The server was not reached, refused, or answered what cannot be used; the text says which."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask, and how long to wait."""

    url: str
    token: str = ""
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Element:
    """One series of an answer; `value` None: it was no number."""

    labels: Mapping[str, str]
    value: float | None


class _Instant(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]  # epoch seconds, number


class _Span(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]]


def instant(server: Server, query: str, *, at: datetime) -> list[Element]:
    """The answer at a time. Raises NoAnswer."""
    found = _ask(server, "query", {"query": query, "time": at.timestamp()}, INSTANT_BYTES)
    kind, result = found.get("resultType"), found.get("result")
    if kind == "scalar":
        return [Element({}, _number(_as(tuple[float, str], result)[1]))]
    if kind != "vector":
        raise NoAnswer(f"The query gives a {kind}, not a vector.")
    _bound(result)
    return [
        Element(_labels(one.metric), _number(one.value[1])) for one in _as(list[_Instant], result)
    ]


def span(
    server: Server, query: str, *, name: str, start: datetime, end: datetime, step: int
) -> list[Recording]:
    """The answers every `step` seconds, as recordings; where a series had none, NaN.

    Raises NoAnswer.
    """
    size = int((end - start).total_seconds() // step) + 1
    first = start.timestamp()
    found: dict[tuple[tuple[str, str], ...], Any] = {}
    for since, until in _chunks(start, size, step):
        asked = {
            "query": query,
            "start": since.timestamp(),
            "end": until.timestamp(),
            "step": step,
        }
        answer = _ask(server, "query_range", asked, RANGE_BYTES)
        if answer.get("resultType") != "matrix":
            raise NoAnswer(f"The query gives a {answer.get('resultType')}, not a matrix.")
        _bound(answer.get("result"))
        for each in _as(list[_Span], answer["result"]):
            key = tuple(sorted(_labels(each.metric).items()))
            values = found.setdefault(key, np.full(size, np.nan))
            told = [(at, _number(text)) for at, text in each.values]
            points = np.array(told, dtype=np.float64).reshape(-1, 2)
            places = np.rint((points[:, 0] - first) / step)
            inside = (places >= 0) & (places < size)  # a server may tell more than it was asked
            values[places[inside].astype(int)] = points[inside, 1]
    ts = first + step * np.arange(size, dtype=float)
    return [_recording(name, dict(key), ts, values) for key, values in found.items()]


def _recording(name: str, labels: Mapping[str, str], ts: Any, values: Any) -> Recording:
    """From its first number on: before it, nobody had heard of the series."""
    begun = int(np.argmax(~np.isnan(values)))
    return plain(name, labels, ts[begun:], values[begun:])


def _chunks(start: datetime, size: int, step: int) -> Iterator[tuple[datetime, datetime]]:
    for place in range(0, size, MOST_POINTS):
        last = min(place + MOST_POINTS, size) - 1
        yield start + timedelta(seconds=place * step), start + timedelta(seconds=last * step)


def _ask(server: Server, path: str, asked: Mapping[str, Any], most_bytes: int) -> dict[str, Any]:
    given = urlencode({**asked, "timeout": f"{server.timeout:g}s"})
    url = f"{server.url.rstrip('/')}/api/v1/{path}"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    if server.token:
        headers["Authorization"] = f"Bearer {server.token}"
    try:
        answer = http.request(
            "POST",
            url,
            content=given.encode(),
            headers=headers,
            deadline=server.timeout,
            keep=most_bytes,
        )
    except (http.Forbidden, http.Unreachable) as error:
        raise NoAnswer(str(error)) from error
    return read(answer)


def read(answer: http.Answer) -> dict[str, Any]:
    """The data of an answer. Raises NoAnswer."""
    try:
        told = msgspec.json.decode(answer.text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NoAnswer(f"Status {answer.status}, and no JSON.") from error
    if not isinstance(told, dict) or told.get("status") != "success":
        why = told.get("error", "no reason") if isinstance(told, dict) else "no reason"
        raise NoAnswer(f"Status {answer.status}: {str(why)[:500]}")
    found = told.get("data")
    if not isinstance(found, dict):
        raise NoAnswer(UNREADABLE)
    return found


def _bound(result: Any) -> None:
    if not isinstance(result, list) or len(result) > MOST_SERIES:
        raise NoAnswer(f"More than {MOST_SERIES:,} series.")


def _as[T](kind: type[T], result: object) -> T:
    try:
        return msgspec.convert(result, kind)
    except msgspec.ValidationError as error:
        raise NoAnswer(UNREADABLE) from error


def _labels(metric: Mapping[str, str]) -> dict[str, str]:
    """Without the name. What PostgreSQL's text cannot hold is no label."""
    if any("\0" in text for pair in metric.items() for text in pair):
        raise NoAnswer(UNREADABLE)
    return {name: text for name, text in metric.items() if name != "__name__"}


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        raise NoAnswer(UNREADABLE) from None
    return value if math.isfinite(value) else None
