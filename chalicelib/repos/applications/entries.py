"""Entries of the history of an application as a whole that change nothing else."""

from chalicelib.repos.applications import history, items
from chalicelib.repos.applications.applications import HeaderChanged
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.applications.applications import ApplicationHeader, Event


def entry_added(header: ApplicationHeader, event: Event) -> list[Write]:
    """Append an entry; `HeaderChanged` is raised if the application was written since it was read."""
    chained, added = history.chain_header(header.head, header, event)
    return [table.replace(items.from_header(chained), {"head": header.head}, lambda _: HeaderChanged()), added]
