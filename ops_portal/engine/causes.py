"""Why a batch was not stored, and so what becomes of its entries."""

from __future__ import annotations

from enum import Enum, auto

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError
from psycopg import errors

from analytics.events.decode import UNREADABLE
from analytics.samples import SeriesGone
from analytics.trades import Raced
from ops_portal.engine.leases import LeaseLost


class Cause(Enum):
    """What an error speaks of."""

    SERVER = auto()  # the database or its connection: the same batch again, later
    TABLES = auto()  # those of another version, or not to be written: again, later
    TIME = auto()  # a statement took too long: again, in smaller batches
    ENTRY = auto()  # one of the entries: it is looked for by halving the batch


class NotReady(Exception):
    """The tables are not those of this version, or not to be written: nothing of an event."""


TRANSIENT = (
    NotReady,
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    SeriesGone,
    Raced,
)
REFUSALS = (LeaseLost, *TRANSIENT, DatabaseError, psycopg.Error, *UNREADABLE)

# By what the server said, whatever class it counts that to.
SAID = {
    # A version that was started before `prepare`, missing rights, a server that became a copy.
    errors.UndefinedTable: Cause.TABLES,
    errors.UndefinedColumn: Cause.TABLES,
    errors.UndefinedFunction: Cause.TABLES,
    errors.UndefinedObject: Cause.TABLES,
    errors.InvalidSchemaName: Cause.TABLES,
    errors.InsufficientPrivilege: Cause.TABLES,
    errors.ReadOnlySqlTransaction: Cause.TABLES,
    errors.QueryCanceled: Cause.TIME,
    # Too large for the server, which calls that a fault of operation.
    errors.ProgramLimitExceeded: Cause.ENTRY,
}


def cause(error: Exception) -> Cause:
    """What one of REFUSALS speaks of."""
    for kind, said in SAID.items():
        if isinstance(error.__cause__ or error, kind):
            return said
    return Cause.SERVER if isinstance(error, (LeaseLost, *TRANSIENT)) else Cause.ENTRY
