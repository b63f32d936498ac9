"""Files of the past: trades, fills, ledgers and candles brought in, row by row.

file (`files`) → columns by their names (`columns`) → one row's cells (`cells`) → a kind
(`trades`, `fills`, `ledger`, `candles`) → batches, each one transaction (`run`).
"""
