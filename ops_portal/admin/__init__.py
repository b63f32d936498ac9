"""People: who they are, what they may do, how they come in and how they prove it."""

from ops_portal.admin import invitations, people, proofs, tokens

__all__ = ["invitations", "people", "proofs", "tokens"]
