"""The `live` process: the socket at /ws/, and on a small desk the pages beside it."""

import os
from typing import TYPE_CHECKING, cast

from a2wsgi import WSGIMiddleware
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings

if TYPE_CHECKING:
    from a2wsgi.wsgi_typing import WSGIApp

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")

# The first import sets Django up for the second.
# isort: off
from ops_portal.wsgi import application as pages
from analytics.routing import websocket_urlpatterns

# isort: on

application = ProtocolTypeRouter(
    {
        "http": WSGIMiddleware(cast("WSGIApp", pages), workers=settings.PAGE_THREADS),
        "websocket": URLRouter(websocket_urlpatterns),
    }
)
