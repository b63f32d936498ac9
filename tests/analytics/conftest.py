"""The agent's Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from redis import Redis


@pytest.fixture
def agent() -> Iterator[Redis]:
    """The Redis that the agent writes to, empty."""
    redis = Redis.from_url(settings.REDIS_URL, decode_responses=True)
    redis.flushdb()
    yield redis
    redis.flushdb()
    redis.close()
