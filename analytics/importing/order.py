"""What to bring in, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from analytics.models import Import

UNSAID = ("path", "kind", "name")  # what the import tells elsewhere


@dataclass(frozen=True, slots=True)
class Order:
    """`map` is column -> field, for columns of other names; a blank field leaves a column out."""

    path: Path
    kind: str
    source: str
    env: str = "live"
    strategy: str = ""
    currency: str = ""
    seconds: int = 0  # that a candle spans; 0: as its rows tell
    map: Mapping[str, str] = field(default_factory=dict)
    name: str = ""  # of the file; blank: that of the path

    @property
    def options(self) -> dict[str, Any]:
        told = asdict(self)
        return {name: value for name, value in told.items() if name not in UNSAID}


def of(run: Import, path: Path) -> Order:
    """The order of an import whose file lies at `path`."""
    return Order(path=path, kind=run.kind, name=run.name, **run.options)
