{% load static %}importScripts("{% static 'alerts/js/push-worker.js' %}");
