"""The portal as the browser tests serve it.

One server outlives many tests, and each test's flush gives the content types new numbers.
"""

from __future__ import annotations

from django.apps import apps

from ops_portal.asgi import application as portal


async def application(scope, receive, send):  # type: ignore[no-untyped-def]
    if scope["type"] == "http":
        apps.get_model("contenttypes", "ContentType").objects.clear_cache()
    await portal(scope, receive, send)
