"""What Django does when it is first asked, done when the process starts: nobody waits for it."""

from __future__ import annotations

from pathlib import Path

from django.template import engines
from django.urls import reverse


def warm() -> None:
    """Import what the addresses lead to, index their names, and compile the portal's templates."""
    reverse("overview")
    pages = engines["django"]
    for folder in pages.dirs:
        for path in Path(folder).rglob("*.html"):
            pages.get_template(str(path.relative_to(folder)))
