"""Tasks a process is of no use without: better a new process than one that only seems to live."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any

logger = logging.getLogger(__name__)


def vital(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start `work` on the running loop; should it fail, the process is asked to end (SIGTERM).

    Its server then closes what is open in good order and the supervisor starts it again.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(_end_if_failed)
    return task


def _end_if_failed(task: asyncio.Task[None]) -> None:
    if task.cancelled() or (error := task.exception()) is None:
        return
    logger.critical("a vital task failed, this process ends", exc_info=error)
    signal.raise_signal(signal.SIGTERM)
