"""A process whose vital work fails does not stay as if it lived."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from ops_portal.lib.vital import vital


@pytest.fixture
def asked_to_end() -> Iterator[list[int]]:
    signals: list[int] = []
    former = signal.signal(signal.SIGTERM, lambda number, _frame: signals.append(number))
    yield signals
    signal.signal(signal.SIGTERM, former)


async def _fail() -> None:
    raise AttributeError("no such thing")


async def test_failed_work_ends_the_process_and_says_why(
    asked_to_end: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(AttributeError):
        await vital(_fail())
    await asyncio.sleep(0)

    assert asked_to_end == [signal.SIGTERM]
    assert "a vital task failed" in caplog.text
    assert "no such thing" in caplog.text


async def test_cancelled_work_ends_nothing(asked_to_end: list[int]) -> None:
    task = vital(asyncio.sleep(60))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    assert asked_to_end == []
