"""子业务: applying for a follow-up service, and correcting a returned follow-up application (docs/domain.md 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.repos.accounts import quotas
from chalicelib.repos.applications import applications, elsewhere, returned
from chalicelib.repos.applications.applications import PersonChanged
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import FOLLOW_UPS
from chalicelib.rules.applications import changes, follow_ups, submission, transitions, warnings
from chalicelib.rules.applications.applications import Application, Person, current_of
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError, OperationInvalid
from chalicelib.rules.base.numbers import application_number, split_person_number
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber, Service
from chalicelib.rules.forms.content import ServiceContent, ServiceForm
from chalicelib.usecases.applications import inspected_files, transaction
from chalicelib.usecases.applications.inspected_files import InspectedFiles
from chalicelib.usecases.remember import Remember


@dataclass(frozen=True)
class Prepared:
    """A follow-up service that can be applied for."""

    content: Mapping[str, Any] = field(repr=False)
    """Validated."""
    origin: Application = field(repr=False)
    """The application of the person."""
    person: Person = field(repr=False)
    inspected: InspectedFiles
    remarks: tuple[FieldError, ...]
    """Warnings on missing files, and on a new passport that another open application has."""

    @property
    def warnings(self) -> tuple[FieldError, ...]:
        """All warnings on it."""
        return (*self.remarks, *self.inspected.warnings)

    def applied(self, number: ApplicationNumber, form: ServiceForm, act: Act) -> tuple[Application, Person]:
        """The follow-up application of this number, and the person with it under way."""
        made, busy = follow_ups.apply_for_service(
            number, self.origin, self.person, form.service, self.content, act, form.status_version, china_day(act.at)
        )
        return replace(made, header=replace(made.header, warnings=self.warnings)), busy


def apply(person_number: str, form: ServiceForm, act: Act, remember: Remember[Application]) -> Application:
    """Apply for a follow-up service: a new application about one person (L04-L07).

    Returns:
        The new follow-up application.

    Raises:
        NotFound: no person that the actor may see.
        OperationInvalid: the service is not available to the person, or the person has changed.
        Invalid: with every field and file that is missing or wrong.
        QuotaUsedUp: the account has applied for too many services today.
        Unavailable: a service does not answer, or the numbers of the day are used up.
    """
    ready = prepare(person_number, form, act)
    follow_up, busy = ready.applied(applications.next_number(act.at), form, act)
    writes = [
        *remember(follow_up),
        *applications.created(follow_up),
        applications.person_replaced(ready.origin.header, ready.person, busy),
        quotas.quota_used(act.actor.id, FOLLOW_UPS, act.at),
        *ready.inspected.claimed(follow_up.header.number, act.at),
    ]
    try:
        transaction.commit(follow_up.header, follow_up.history[0], writes)
    except PersonChanged as changed:
        _, now = applications.person(person_number, act.actor)
        raise OperationInvalid(current_of(now, ready.origin.header)) from changed
    return follow_up


def prepare(person_number: str, form: ServiceForm, act: Act, inline: int = limits.INLINE_INSPECTIONS) -> Prepared:
    """Check everything that an application for a service needs, without writing anything if `inline` is 0.

    The number is drawn afterwards, so that a refused request takes none.

    Args:
        person_number: the person.
        form: the service and its content.
        act: who applies, when and by which request.
        inline: how many uploads are inspected here if their event was not handled yet.

    Raises:
        NotFound, OperationInvalid, Invalid, QuotaUsedUp, Unavailable: as `apply`.
    """
    # Whoever may not see the person learns nothing else, so the person comes before the content.
    origin, person = _subject(person_number, form, act)
    content = submission.validate_service(form, china_day(act.at))
    follow_ups.check_case(form.service, content)
    inspected = inspected_files.check_service(act.tenant, content, set(), inline)
    submission.refuse_duplicates(content, origin.others(person.number))
    remarks = _remarks(form.service, content, origin.header.office, origin.header.number)
    ready = Prepared(content, origin, person, inspected, remarks)
    ready.applied(application_number(act.at, 0), form, act)
    counter = quotas.key(act.actor.id, FOLLOW_UPS, act.at)
    quotas.refuse_if_used_up(table.get_many([counter]).get(counter), FOLLOW_UPS, act.at)
    return ready


def edit(number: str, form: ServiceContent, act: Act, seen: int) -> Application:
    """Replace the content of a follow-up application that was returned for correction.

    Args:
        number: the number of the follow-up application.
        form: the whole content.
        act: who edits it, when and by which request.
        seen: the `version` that the actor's page showed.

    Raises:
        NotFound: no application that the actor may see.
        OperationInvalid: it is no follow-up application, or not returned.
        ContentChanged: it was saved since the page was opened.
        Invalid: with every field and file that is missing or wrong.
    """
    before = applications.get(number, act.actor)
    content = submission.validate_service(form, china_day(act.at))
    after, event = transitions.edit_follow_up(before, content, act, seen)
    person_number = PersonNumber(before.header.content["person_number"])
    person = applications.of_portal(person_number)[1]
    follow_ups.check_edit(before.header.service, person, content)
    if content.get("passport_number") is not None:
        submission.refuse_duplicates(content, applications.contents_of_others(person_number))
    inspected = inspected_files.check_service(act.tenant, content, {*before.header.content["attachments"]})
    claimed = inspected.claimed(before.header.number, act.at)
    contents = ({"attachments": one["attachments"], "persons": []} for one in (before.header.content, content))
    still = warnings.still_on_files(before.header.warnings, *map(submission.attachment_fields, contents))
    remarks = _remarks(before.header.service, content, before.header.office, split_person_number(person_number)[0])
    after = replace(after, header=replace(after.header, warnings=(*remarks, *inspected.warnings, *still)))
    stored = returned.get(before.header.number)
    kept = changes.kept_of_application(before, stored)
    after = changes.with_correction(after, changes.newest(kept, stored))
    writes = [*applications.edited(before, after, event), *returned.content_kept(kept, after.header), *claimed]
    transaction.commit(after.header, event, writes)
    return after


def _remarks(
    service: Service, content: Mapping[str, Any], office: str, origin: ApplicationNumber
) -> tuple[FieldError, ...]:
    """Warnings on missing files, and on a new passport that a person of another open application has."""
    found = warnings.on_persons_elsewhere(elsewhere.open_persons([content], origin))
    return (*follow_ups.warnings_on_files(service, content, office), *warnings.within_person([*found]))


def _subject(number: str, form: ServiceForm, act: Act) -> tuple[Application, Person]:
    """The person and its application: with a new passport all persons of it, because their passports must differ."""
    reads = applications.person if form.passport_number is None else applications.person_with_others
    return reads(number, act.actor)
