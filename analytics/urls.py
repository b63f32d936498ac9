"""Addresses of the trading pages."""

from django.urls import path

from analytics import execution_views, risk_views, views

urlpatterns = [
    path("trading/", views.trading, name="trading"),
    path("trading/state/", views.trading_state, name="trading-state"),
    path("trading/risk/", risk_views.page, name="risk"),
    path("trading/risk/state/", risk_views.state, name="risk-state"),
    path("trading/execution/", execution_views.page, name="execution"),
    path("trading/execution/state/", execution_views.state, name="execution-state"),
]
