"""The engine: streams to rows, rules and alerts, and everything that runs by the clock."""
