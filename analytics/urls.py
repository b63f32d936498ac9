"""Addresses of the trading pages."""

from django.urls import path, re_path

from analytics import (
    card_views,
    execution_views,
    export_views,
    more_views,
    risk_views,
    trade_views,
    views,
)

urlpatterns = [
    path("trading/", views.trading, name="trading"),
    path("trading/state/", views.trading_state, name="trading-state"),
    re_path(
        r"^trading/export/(?P<name>[a-z]+)\.(?P<form>csv|json|xlsx)$",
        export_views.export,
        name="trading-export",
    ),
    path("trading/more/", more_views.more, name="trading-more"),
    path("trading/trades/<int:pk>/", trade_views.detail, name="trade"),
    path("trading/performance/", card_views.page, name="performance"),
    path("trading/performance/state/", card_views.state, name="performance-state"),
    re_path(
        r"^trading/performance/days\.(?P<form>csv|json)$", card_views.days, name="performance-days"
    ),
    path("trading/performance/more/", card_views.more, name="performance-more"),
    path("trading/formulas/", card_views.explained, name="formulas"),
    path("trading/risk/", risk_views.page, name="risk"),
    path("trading/risk/state/", risk_views.state, name="risk-state"),
    path("trading/execution/", execution_views.page, name="execution"),
    path("trading/execution/state/", execution_views.state, name="execution-state"),
]
