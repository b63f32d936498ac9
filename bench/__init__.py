"""What the portal can do, beside what the usual way can do, in one run (see README.md)."""
