"""What peers may tell which slice, and read of it: the tables of the whole node."""

from federation.documents import DocumentTable
from federation.handlers import HandlerTable
from node import (
    agreements,
    class_caps,  # noqa: F401 - it hears who enters a class
    clearing,
    council,
    deliberation,
    group,
    listings,
    peers,
    referrals,
    threads,
)


def handlers() -> HandlerTable:
    """Who hears which message."""
    table = HandlerTable()
    for slice_table in (
        peers.handlers,
        council.handlers,
        group.handlers,
        deliberation.handlers,
        listings.handlers,
        agreements.handlers,
        referrals.handlers,
        clearing.handlers,
        threads.handlers,
    ):
        table.include(slice_table)
    return table


def documents() -> DocumentTable:
    """Who serves which document."""
    table = DocumentTable()
    for slice_table in (
        council.documents,
        group.documents,
        deliberation.documents,
        listings.documents,
        agreements.documents,
        referrals.documents,
        clearing.documents,
        threads.documents,
    ):
        table.include(slice_table)
    return table
