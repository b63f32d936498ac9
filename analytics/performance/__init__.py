"""Figures of trading, pure: no database, no clock. Money is Decimal."""
