"""Static files as they are served: without comments, under names that carry their hash, so that
browsers may keep them for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile, File
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = frozenset({"alerts", "analytics", "health", "ops_portal"})  # libraries come as they are
SHORTENERS: dict[str, Callable[[str], str]] = {".css": cssmin, ".js": jsmin}


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Imports between modules are rewritten too: else a page would load one module twice, by its
    hashed and by its plain name. Addresses are worded once: a page of the admin has dozens.
    """

    support_js_module_import_aggregation = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}  # the manifest is read once a process as well

    def url(self, name: str, force: bool = False) -> str:
        if force:
            return str(super().url(name, force))
        if name not in self._addresses:
            self._addresses[name] = super().url(name)
        return self._addresses[name]

    def _save(self, name: str, content: File[Any]) -> str:
        path = PurePath(name)
        shorten = SHORTENERS.get(path.suffix) if path.parts[0] in OURS else None
        if shorten is not None:
            text = b"".join(content.chunks()).decode()
            content = ContentFile(shorten(text).encode())
        return str(super()._save(name, content))
