"""Figures of trading, pure: no database, no clock. Money is Decimal, statistics are float64.

Arrays are one-dimensional, oldest first. A figure without a value is a word that says why
(`undefined`), never 0 or infinity. Conventions and sources: docs/metrics.md.
"""
