"""Addresses of the trading pages."""

from django.urls import path

from analytics import views

urlpatterns = [
    path("trading/", views.trading, name="trading"),
    path("trading/state/", views.trading_state, name="trading-state"),
]
