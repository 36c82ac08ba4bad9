"""What has changed since the return, for whoever reads a corrected file again."""

from chalicelib.repos.applications import history, returned
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import changes
from chalicelib.rules.applications.changes import Changes


def since_return(number: str, viewer: Account) -> Changes:
    """What has changed about an application since its last return, and about each person since its own.

    Raises:
        NotFound: no application that the viewer may see.
    """
    application, kept = returned.application_with_copies(number, viewer)
    if not kept:
        return changes.since_return(application, (), ())
    events = (entry.event for entry in history.entries(application.header.number))
    return changes.since_return(application, kept, events)
