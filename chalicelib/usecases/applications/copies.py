"""Drafts made from applications: a copy, and the renewal of a holder's card (docs/domain.md 9.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.repos.accounts import reveals
from chalicelib.repos.applications import applications
from chalicelib.repos.files import bucket
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import contents as rules
from chalicelib.rules.base.vocabulary import ApplicationNumber
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.usecases.applications import contents
from chalicelib.usecases.drafts import saving
from chalicelib.usecases.remember import Remember


def copy(number: str, act: Act, remember: Remember[Draft]) -> Draft:
    """Save a draft with the content of an application; the audit has the reading of it, as for `contents.read`.

    Raises:
        NotFound: no application that the actor may see.
        OperationInvalid: it is a follow-up application.
        LimitReached: the account has 20 drafts (F03).
        QuotaUsedUp: the account has revealed too much today.
        TooLarge: the content does not fit into a draft.
    """
    found = applications.get(number, act.actor)
    return _add(found.header.number, rules.copied(found), act, remember)


def renew(person_number: str, act: Act, remember: Remember[Draft]) -> Draft:
    """Save a draft for the renewal of a person's card, with the holder's data and files.

    Raises:
        NotFound: no person that the actor may see.
        OperationInvalid: the person has had no card.
        LimitReached, QuotaUsedUp, TooLarge: as `copy`.
    """
    found, person = applications.person(person_number, act.actor)
    follow_ups = applications.follow_ups_of(person, act.actor)
    contents_with_files = [found.header.content, person.content, *(header.content for header in follow_ups)]
    named = [upload for content in contents_with_files for upload in content["attachments"]]
    kinds = {attachment.id: attachment.kind for attachment in bucket.named(act.tenant, named)}
    content = rules.renewed(found.header, person, follow_ups, kinds)
    return _add(found.header.number, content, act, remember)


def _add(number: ApplicationNumber, content: Mapping[str, Any], act: Act, remember: Remember[Draft]) -> Draft:
    """Save the draft together with the record of the reading, unless the last hour has one of the account."""

    def add(also: Sequence[Write]) -> Draft:
        return saving.add(act, content, remember, also)

    try:
        return add(contents.reading_recorded(number, act))
    except reveals.AlreadyRecorded:
        return add(())
