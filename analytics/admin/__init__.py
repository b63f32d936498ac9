"""What came in, to look at; portfolios to edit; files to bring in."""

from analytics.admin import imports, records

__all__ = ["imports", "records"]
