"""查看完整信息: masked fields of a person in clear, for a reason that the history keeps (docs/domain.md 5.6)."""

import contextlib

from chalicelib.repos.accounts import quotas, reveals
from chalicelib.repos.applications import applications
from chalicelib.repos.applications.applications import Changed
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import REVEALS
from chalicelib.rules.applications import reveals as rules
from chalicelib.rules.applications.applications import event_of, status_of
from chalicelib.rules.base.vocabulary import Action
from chalicelib.rules.forms.applications import Reveal
from chalicelib.usecases.applications import transaction
from chalicelib.usecases.retries import until_unchanged


def reveal(person_number: str, form: Reveal, act: Act) -> dict[str, str | None]:
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

    def record() -> dict[str, str | None]:
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
        return {field: person.content.get(field) for field in form.fields}

    return until_unchanged(record, Changed)
