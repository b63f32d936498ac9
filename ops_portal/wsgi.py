"""The portal's pages as a WSGI application (the `web` process)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")

# Django is set up before the models of the beat are imported.
pages = get_wsgi_application()

from health.processes import keep_beating  # noqa: E402
from ops_portal.measured import MeasuredPages  # noqa: E402
from ops_portal.warm import warm  # noqa: E402

warm()
application = MeasuredPages(pages)
keep_beating("web")
