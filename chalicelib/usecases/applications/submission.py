"""提交申请 and 修改: submitting a draft or a content, and correcting a returned application (docs/domain.md 3, 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.repos.accounts import enterprises, invoice_profiles, quotas
from chalicelib.repos.applications import applications, returned
from chalicelib.repos.drafts import drafts
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Key, Write
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import APPLICATIONS
from chalicelib.rules.applications import changes, submission, transitions, warnings
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError, Invalid, NotFound, invalid
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.forms.applications import Submission
from chalicelib.rules.forms.content import DraftContent
from chalicelib.usecases.applications import inspected_files, transaction
from chalicelib.usecases.applications.inspected_files import InspectedFiles
from chalicelib.usecases.remember import Remember


@dataclass(frozen=True)
class Prepared:
    """A submission that can be accepted."""

    content: Mapping[str, Any] = field(repr=False)
    """Validated."""
    warnings: list[FieldError]
    """Without those on persons in other open applications, for which the persons are looked up."""
    inspected: InspectedFiles
    enterprise_name: str
    invoice: Mapping[str, Any] = field(repr=False)
    """The fields of the invoice profile, which the application keeps."""
    draft: Draft | None
    prefix: str
    """The path of the content in the body."""


def submit(form: Submission, act: Act, remember: Remember[Application]) -> Application:
    """Submit a draft of the actor, which is deleted in the same transaction, or the content of the form.

    The persons are looked up in other open applications soon afterwards (`usecases.applications.lookups`).

    Raises:
        NotFound: the actor has no such draft.
        Invalid: the form names both or neither, or with every field and file that is missing or wrong.
        QuotaUsedUp: the account has submitted too many applications today.
        Unavailable: a service does not answer, or the numbers of the day are used up.
    """
    ready = prepare(form, act)
    # Drawn last, so that a request that is refused before takes no number.
    number = applications.next_number(act.at)
    application = submission.new_application(number, ready.enterprise_name, ready.content, act, ready.warnings)
    application = replace(application, header=replace(application.header, invoice=ready.invoice))
    writes = [
        *remember(application),
        *applications.created(application),
        quotas.quota_used(act.actor.id, APPLICATIONS, act.at),
        _invoice_profile_checked(act.tenant, ready.content, ready.prefix),
        *(drafts.draft_submitted(ready.draft) if ready.draft else ()),
        *ready.inspected.claimed(application.header.number, act.at),
    ]
    transaction.commit(application.header, application.history[0], writes)
    return application


def prepare(form: Submission, act: Act, inline: int = limits.INLINE_INSPECTIONS) -> Prepared:
    """Check everything that a submission needs, without writing anything if `inline` is 0.

    Args:
        form: the draft or the content.
        act: who submits, when and by which request.
        inline: how many uploads are inspected here if their event was not handled yet.

    Raises:
        NotFound, Invalid, QuotaUsedUp, Unavailable: as `submit`.
    """
    if (form.draft_id is None) == (form.content is None):
        code = "missing" if form.draft_id is None else "ONE_OF_TWO"
        raise Invalid([FieldError("draft_id", code), FieldError("content", code)])
    found = table.get_many(_sources(form, act))
    draft, content, prefix = _content(form, act, found)
    today = china_day(act.at)
    ready = submission.validate_submission(content, today, prefix)
    invoice = _invoice(act.tenant, ready, prefix)
    quotas.refuse_if_used_up(found.get(quotas.key(act.actor.id, APPLICATIONS, act.at)), APPLICATIONS, act.at)
    inspected = inspected_files.check(act.tenant, ready, set(), prefix, inline=inline)
    enterprise = enterprises.from_item(found[enterprises.key(act.tenant)])
    on_group = warnings.on_group(ready, enterprise.profile["region_code"])
    on_persons = warnings.on_persons(ready, enterprise.elements.name, today)
    return Prepared(
        content=ready,
        warnings=[*on_group, *on_persons, *inspected.warnings],
        inspected=inspected,
        enterprise_name=enterprise.elements.name,
        invoice=invoice,
        draft=draft,
        prefix=prefix,
    )


def edit(number: str, form: DraftContent, act: Act, seen: int) -> Application:
    """Replace the content of an application that was returned for correction; its persons are looked up afterwards.

    Args:
        number: the application's number.
        form: the whole content.
        act: who edits it, when and by which request.
        seen: the `version` that the actor's page showed.

    Raises:
        NotFound: no application that the actor may see.
        OperationInvalid: the application is not returned.
        ContentChanged: it was saved since the page was opened.
        Invalid: with every field and file that is missing or wrong.
    """
    before = applications.get(number, act.actor)
    today = china_day(act.at)
    content_before = {**before.header.content, "persons": [person.content for person in before.persons]}
    accepted_before = {*submission.attachment_ids(content_before)}
    apart = [person for person in before.persons if person.own_status is not None]
    ready = submission.validate_edit(form.model_dump(), apart, today)
    after, event = transitions.edit_application(before, *submission.split_content(ready), act, seen)
    # The application keeps what it has copied: the profile may have been changed or deleted since.
    chosen = ready["invoice_profile_id"] != before.header.content["invoice_profile_id"] or before.header.invoice is None
    invoice = _invoice(act.tenant, ready) if chosen else before.header.invoice
    inspected = inspected_files.check(act.tenant, ready, accepted_before)
    still = warnings.still_on_files(
        warnings.of_application(before), *map(submission.attachment_fields, (content_before, ready))
    )
    # Until the corrected persons are looked up, what is known of unchanged numbers remains.
    known = warnings.still_elsewhere(before.header.warnings, content_before["persons"], ready["persons"])
    remarks = (
        *warnings.on_office(before.header),
        *warnings.on_group(ready, None),
        *warnings.on_persons(ready, before.header.enterprise_name, today),
        *inspected.warnings,
        *still,
        *known,
    )
    after = replace(after, header=replace(after.header, warnings=remarks, invoice=invoice))
    stored = returned.get(before.header.number)
    kept = changes.kept_of_application(before, stored)
    after = changes.with_correction(after, changes.newest(kept, stored))
    writes = [
        *applications.edited(before, after, event),
        *returned.content_kept(kept, after.header),
        *([_invoice_profile_checked(act.tenant, ready)] if chosen else ()),
        *inspected.claimed(after.header.number, act.at),
    ]
    transaction.commit(after.header, event, writes)
    return after


def _sources(form: Submission, act: Act) -> list[Key]:
    """The keys of everything that a submission reads, in one request."""
    keys = [enterprises.key(act.tenant), quotas.key(act.actor.id, APPLICATIONS, act.at)]
    if form.draft_id:
        keys.append(drafts.key(act.actor.id, form.draft_id))
    return keys


def _content(form: Submission, act: Act, found: Mapping[Key, Item]) -> tuple[Draft | None, Mapping[str, Any], str]:
    """The draft if there is one, the content, and the path of the content in the body."""
    if form.content is not None:
        return None, form.content.model_dump(), "content."
    assert form.draft_id is not None  # noqa: S101  `submit` has checked that one of the two is given
    draft = drafts.living_draft(found.get(drafts.key(act.actor.id, form.draft_id)), act.at)
    return draft, draft.content, ""


def _invoice(enterprise_id: EnterpriseId, content: Mapping[str, Any], prefix: str = "") -> Mapping[str, Any]:
    """The fields of the invoice profile that the content names; `profile_unknown` if the enterprise has none."""
    try:
        return invoice_profiles.get(enterprise_id, content["invoice_profile_id"]).fields
    except NotFound:
        raise profile_unknown(prefix) from None


def _invoice_profile_checked(enterprise_id: EnterpriseId, content: Mapping[str, Any], prefix: str = "") -> Write:
    """The condition that the enterprise has the invoice profile when the transaction is written."""
    key = invoice_profiles.key(enterprise_id, content["invoice_profile_id"])
    return table.check(key, {"id": content["invoice_profile_id"]}, lambda _: profile_unknown(prefix))


def profile_unknown(prefix: str) -> Invalid:
    """The refusal of an invoice profile that the enterprise does not have."""
    return invalid(f"{prefix}invoice_profile_id", "INVOICE_PROFILE")
