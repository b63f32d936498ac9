"""A verb once more, when the server ended its transaction for the sake of another."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps

from django.db import OperationalError, connection
from psycopg import errors

ATTEMPTS = 5
PAUSE = 0.02  # seconds before the second attempt at most, doubled for each later one
ENDED = (errors.DeadlockDetected, errors.SerializationFailure)


def again[**P, R](verb: Callable[P, R]) -> Callable[P, R]:
    """Repeat a verb that is one whole transaction after a deadlock.

    Inside a transaction of the caller it raises at once, for all of that is undone.
    """

    @wraps(verb)
    def patient(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(ATTEMPTS - 1):
            try:
                return verb(*args, **kwargs)
            except OperationalError as error:
                if connection.in_atomic_block or not isinstance(error.__cause__, ENDED):
                    raise
            time.sleep(random.uniform(0, PAUSE * 2**attempt))  # noqa: S311 - so that two part
        return verb(*args, **kwargs)

    return patient
