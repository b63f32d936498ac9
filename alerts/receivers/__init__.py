"""Where messages go: one module a kind, each with `render` and `send`."""
