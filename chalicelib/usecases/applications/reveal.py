"""查看完整信息: masked fields in clear, for a reason that the history keeps (docs/domain.md 5.6)."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.repos.accounts import quotas, reveals
from chalicelib.repos.applications import applications, entries
from chalicelib.repos.applications.applications import Changed
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import REVEALS
from chalicelib.rules.applications import reveals as rules
from chalicelib.rules.applications.applications import Content, event_of, status_of
from chalicelib.rules.base.vocabulary import Action, PersonNumber, Service
from chalicelib.rules.forms.applications import Reveal
from chalicelib.rules.forms.content import MASKED
from chalicelib.usecases.applications import transaction
from chalicelib.usecases.retries import until_unchanged

type Fields = Mapping[str, str | None]
"""Fields in clear; None for a field that was not filled in."""


@dataclass(frozen=True)
class RevealedPerson:
    """Fields of one person of an application."""

    number: PersonNumber
    name: str
    fields: Fields


@dataclass(frozen=True)
class Revealed:
    """Fields of a whole application."""

    fields: Fields
    """Of a follow-up application itself; empty for 新办/续办, whose masked fields are those of its persons."""
    persons: list[RevealedPerson]


def reveal(person_number: str, form: Reveal, act: Act) -> Fields:
    """Write to the history who reads which fields and why, then return their values.

    Looking again within an hour, at fields that entries of this account name already, writes and counts nothing.

    Returns:
        The value of each requested field; None for a field that was not filled in.

    Raises:
        Invalid: a field is not one of those that are masked, or is named twice.
        NotFound: no person that the actor may see.
        QuotaUsedUp: the account has revealed too much today.
        Unavailable: too many other requests change the person.
    """
    rules.check_fields(form.fields)

    def record() -> Fields:
        application, person = applications.person(person_number, act.actor)
        header, status = application.header, status_of(person, application.header)
        event = event_of(
            act,
            Action.REVEAL,
            status,
            status,
            reason=form.reason,
            fields=tuple(form.fields),
            person_number=person.number,
        )
        writes = [
            reveals.reveal_noted(act.actor.id, person.number, form.fields, act.at),
            quotas.quota_used(act.actor.id, REVEALS, act.at),
            *applications.person_changed(header, person, person, event),
        ]
        with contextlib.suppress(reveals.AlreadyRecorded):
            transaction.commit(header, event, writes)
        return _named(person.content, form.fields)

    return until_unchanged(record, Changed)


def reveal_application(number: str, form: Reveal, act: Act) -> Revealed:
    """Reveal fields of all persons of an application, or of a follow-up application itself, with one entry.

    It counts once for each person. Looking again within an hour writes and counts nothing, as for a person.

    Raises:
        NotFound: no application that the actor may see.
        Invalid: a field is not one of those that are masked, or is named twice.
        QuotaUsedUp: the account has revealed too much today.
        Unavailable: too many other requests change the application.
    """

    def record() -> Revealed:
        application = applications.get(number, act.actor)
        header = application.header
        is_group = header.service is Service.NEW_OR_RENEWAL
        rules.check_fields(form.fields, MASKED if is_group else rules.OF_FOLLOW_UP)
        event = event_of(
            act, Action.REVEAL, header.status, header.status, reason=form.reason, fields=tuple(form.fields)
        )
        writes = [
            reveals.reveal_noted(act.actor.id, header.number, form.fields, act.at),
            quotas.quota_used(act.actor.id, REVEALS, act.at, max(1, len(application.persons))),
            *entries.entry_added(header, event),
        ]
        with contextlib.suppress(reveals.AlreadyRecorded):
            transaction.commit(header, event, writes)
        return Revealed(
            fields={} if is_group else _named(header.content, form.fields),
            persons=[
                RevealedPerson(person.number, person.content["name"], _named(person.content, form.fields))
                for person in application.persons
            ],
        )

    return until_unchanged(record, Changed)


def _named(content: Content, fields: Sequence[str]) -> Fields:
    return {field: content.get(field) for field in fields}
