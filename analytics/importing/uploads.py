"""Files that come through the browser: kept in pieces, and gone with the end of their import.

The database is the one place that every web process and worker shares. What the file is called
names no file here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from django.db import transaction

from analytics.importing import files
from analytics.importing.order import Order
from analytics.models import Import, UploadPart
from ops_portal.lib.uploads import MOST_BYTES

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PART = 1_048_576  # bytes of a piece
MOST_JSON_BYTES = 16 * PART  # it is held in memory as objects
LONGEST_NAME = 150


class TooLarge(Exception):
    """More bytes than are taken; the message says how many."""


class Gone(Exception):
    """The file of the import is no longer kept."""


def propose(content: Iterable[bytes], order: Order, *, by: User) -> Import:
    """Keep a file for an import that is yet to be looked at. `order` has no path.

    Raises TooLarge, BadFile, BadHeader.
    """
    with TemporaryDirectory(prefix="ops-portal-") as folder:
        path = Path(folder) / "upload"
        size = _written(content, path)
        if size > MOST_JSON_BYTES and files.is_json(path):
            raise TooLarge(f"JSON may have {MOST_JSON_BYTES // PART} MiB at most.")
        files.read(path)
        return _kept(replace(order, path=path), size, by=by)


@contextmanager
def opened(run: Import) -> Iterator[Path]:
    """The file of an import, for as long as the block lasts. Raises Gone."""
    with TemporaryDirectory(prefix="ops-portal-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as file:
            for content in run.parts.order_by("number").values_list("content", flat=True).iterator(
                chunk_size=1
            ):  # fmt: skip
                file.write(content)
        if path.stat().st_size != run.size:
            raise Gone("The file is no longer kept: upload it again.")
        yield path


def _written(content: Iterable[bytes], path: Path) -> int:
    size = 0
    with path.open("wb") as file:
        for chunk in content:
            size += len(chunk)
            if size > MOST_BYTES:
                raise TooLarge(f"A file may have {MOST_BYTES // PART} MiB at most.")
            file.write(chunk)
    return size


def _kept(order: Order, size: int, *, by: User) -> Import:
    with transaction.atomic(), order.path.open("rb") as file:
        made = Import.objects.create(
            kind=order.kind, name=_name(order.name), size=size, options=order.options,
            state=Import.State.PROPOSED, created_by=by,
            digest=file_digest(file, "sha256").hexdigest(),
        )  # fmt: skip
        file.seek(0)
        for number, content in enumerate(iter(lambda: file.read(PART), b"")):
            UploadPart.objects.create(of=made, number=number, content=content)
    return made


def _name(given: str) -> str:
    """What people know the file by: its last part, without what cannot be printed."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last))[:LONGEST_NAME] or "file"
