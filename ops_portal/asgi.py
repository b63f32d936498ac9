"""The `live` process: the socket at /ws/, and on a small desk the pages beside it."""

import os
import sys

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")

# Django is set up before anything that has models is imported.
pages = get_wsgi_application()

from analytics.routing import websocket_urlpatterns  # noqa: E402
from ops_portal.bridge import Bridge  # noqa: E402
from ops_portal.lib import collector  # noqa: E402
from ops_portal.measured import Measured  # noqa: E402
from ops_portal.warm import warm  # noqa: E402

# Objects between two looks for cycles: each holds up every socket, and a thousand sockets are many.
COLLECT_AFTER = 10_000
# How long the thread of a page may keep the sockets waiting at each of their turns.
SWITCH_SECONDS = 0.001

warm()
application = Measured(
    ProtocolTypeRouter(
        {
            "http": Bridge(pages, threads=settings.PAGE_THREADS),
            "websocket": URLRouter(websocket_urlpatterns),
        }
    )
)

collector.spare(after=COLLECT_AFTER)
sys.setswitchinterval(SWITCH_SECONDS)
