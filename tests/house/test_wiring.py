"""What settings name as text exists."""

import importlib

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.template.loaders.cached import Loader

from ops_portal.celery import app
from ops_portal.warm import warm


@pytest.mark.parametrize("stream", settings.STREAM_HANDLERS)
def test_the_handler_of_each_stream_resolves(stream: str) -> None:
    module, _, name = settings.STREAM_HANDLERS[stream].rpartition(".")

    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.django_db
@pytest.mark.parametrize("topic", settings.LIVE_TOPICS)
def test_the_permission_of_each_live_topic_exists(topic: str) -> None:
    label, codename = settings.LIVE_TOPICS[topic].split(".")

    found = Permission.objects.filter(content_type__app_label=label, codename=codename)

    assert found.exists()


def test_each_scheduled_task_is_registered() -> None:
    app.loader.import_default_modules()

    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert scheduled <= set(app.tasks)


def test_a_process_has_compiled_its_templates_before_it_is_asked() -> None:
    portal = engines["django"]
    assert isinstance(portal, DjangoTemplates)
    (loader,) = portal.engine.template_loaders
    assert isinstance(loader, Loader)
    loader.reset()

    warm()

    assert {"alerts/detail.html", "analytics/trading.html"} <= loader.get_template_cache.keys()
