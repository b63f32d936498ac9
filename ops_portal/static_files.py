"""Static files under names that carry their hash, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Imports between modules are rewritten too: else a page would load one module twice, by its
    hashed and by its plain name.
    """

    support_js_module_import_aggregation = True
