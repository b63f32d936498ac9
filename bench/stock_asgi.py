"""The peer of the page benchmark: the same project as plain Django serves it under ASGI."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")
application = get_asgi_application()
