"""Where the live socket is found. It checks origin and login itself: no middleware needed."""

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from analytics.consumers import LiveConsumer

websocket_urlpatterns = [
    path("ws/", LiveConsumer.as_asgi()),
    re_path(r"", WebsocketDenier.as_asgi()),
]
