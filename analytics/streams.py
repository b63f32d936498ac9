"""Reading the agent's streams in a consumer group, and publishing to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from analytics.live import Frame
from analytics.series import Reading


@dataclass(slots=True)
class Stored:
    """What storing a batch of one stream led to."""

    fresh: int = 0
    duplicates: int = 0
    readings: list[Reading] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
