"""Files of forms wait on the disk, and one that is too large is not even written there."""

from __future__ import annotations

from typing import IO, Any

from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

MOST_BYTES = 64 * 1_048_576
AROUND = 1_048_576  # bytes of the form around the file


class Bounded(TemporaryFileUploadHandler):
    """Leaves the files out of a request that says it is larger: the form finds none."""

    too_large = False

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, Any],  # noqa: N803 - Django passes it by this name
        content_length: int,
        boundary: str | bytes,
        encoding: str | None = None,
    ) -> None:
        self.too_large = content_length > MOST_BYTES + AROUND

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.too_large:
            raise SkipFile
        super().new_file(*args, **kwargs)
