"""查看完整信息: masked fields of a person in clear, for a reason that the history keeps (docs/domain.md 5.6)."""

from chalicelib.repos.applications import applications
from chalicelib.repos.applications.applications import Changed
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications.applications import event_of, status_of
from chalicelib.rules.base.errors import FieldError, Invalid
from chalicelib.rules.base.vocabulary import Action
from chalicelib.rules.forms.applications import Reveal
from chalicelib.rules.forms.content import MASKED
from chalicelib.usecases.applications import transaction
from chalicelib.usecases.retries import until_unchanged


def reveal(person_number: str, form: Reveal, act: Act) -> dict[str, str | None]:
    """Write to the history who reads which fields and why, then return their values.

    Returns:
        The value of each requested field; None for a field that was not filled in.

    Raises:
        Invalid: a field is not one of those that are masked.
        NotFound: no person that the actor may see.
        Unavailable: too many other requests change the person.
    """
    expected = {"expected": "、".join(MASKED)}
    unknown = [
        FieldError(f"fields.{index}", "enum", expected)
        for index, field in enumerate(form.fields)
        if field not in MASKED
    ]
    if unknown:
        raise Invalid(unknown)

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
        transaction.commit(header, event, applications.person_changed(header, person, person, event))
        return {field: person.content.get(field) for field in form.fields}

    return until_unchanged(record, Changed)
