"""Every figure of an account, each with its unit and, where it has no value, the reason."""

from analytics.scorecard.basis import Basis, basis_of
from analytics.scorecard.curves import curves, months
from analytics.scorecard.read import Measured, brief, closer, measure, read

__all__ = [
    "Basis",
    "Measured",
    "basis_of",
    "brief",
    "closer",
    "curves",
    "measure",
    "months",
    "read",
]
