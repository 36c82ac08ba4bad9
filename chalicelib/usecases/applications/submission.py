"""提交申请 and 修改: submitting a draft or a content, and correcting a returned application (docs/domain.md 3, 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import FieldError, Invalid, invalid
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.forms.applications import Submission
from chalicelib.rules.forms.content import DraftContent
from chalicelib.usecases.applications import inspected_files, transaction
from chalicelib.usecases.remember import Remember


@dataclass(frozen=True)
class Accepted:
    """An application whose content was accepted."""

    application: Application
    warnings: list[FieldError]
    """Remarks on the content and its files that refuse nothing (docs/domain.md 4.6)."""


def submit(form: Submission, act: Act, remember: Remember[Accepted]) -> Accepted:
    """Submit a draft of the actor, which is deleted in the same transaction, or the content of the form.

    Raises:
        NotFound: the actor has no such draft.
        Invalid: the form names both or neither, or with every field and file that is missing or wrong.
        QuotaUsedUp: the account has submitted too many applications today.
        Unavailable: a service does not answer, or the numbers of the day are used up.
    """
    if (form.draft_id is None) == (form.content is None):
        code = "missing" if form.draft_id is None else "ONE_OF_TWO"
        raise Invalid([FieldError("draft_id", code), FieldError("content", code)])
    found = table.get_many(_sources(form, act))
    draft, content, prefix = _content(form, act, found)
    today = china_day(act.at)
    ready = submission.validate_submission(content, today, prefix)
    if not invoice_profiles.may_exist(found[enterprises.key(act.tenant)], ready["invoice_profile_id"]):
        raise _profile_unknown(prefix)
    quotas.refuse_if_used_up(found.get(quotas.key(act.actor.id, APPLICATIONS, act.at)), APPLICATIONS, act.at)
    inspected = inspected_files.check(act.tenant, ready, set(), prefix)
    enterprise = enterprises.from_item(found[enterprises.key(act.tenant)])
    # Drawn last, so that a request that is refused before takes no number.
    application = submission.new_application(applications.next_number(act.at), enterprise.elements.name, ready, act)
    accepted = Accepted(application, [*warnings.on_content(ready, today), *inspected.warnings])
    writes = [
        *remember(accepted),
        *applications.created(application),
        quotas.quota_used(act.actor.id, APPLICATIONS, act.at),
        _invoice_profile_checked(act.tenant, ready, prefix),
        *(drafts.draft_submitted(draft) if draft else ()),
        *inspected.claimed(application.header.number, act.at),
    ]
    transaction.commit(application.header, application.history[0], writes)
    return accepted


def edit(number: str, form: DraftContent, act: Act, seen: int) -> Accepted:
    """Replace the content of an application that was returned for correction.

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
    persons = [person.content for person in before.persons]
    accepted_before = {*submission.attachment_ids({**before.header.content, "persons": persons})}
    apart = [person for person in before.persons if person.own_status is not None]
    ready = submission.validate_edit(form.model_dump(), apart, today)
    after, event = transitions.edit_application(before, *submission.split_content(ready), act, seen)
    inspected = inspected_files.check(act.tenant, ready, accepted_before)
    stored = returned.get(before.header.number)
    kept = changes.kept_of_application(before, stored)
    after = changes.with_correction(after, changes.newest(kept, stored))
    writes = [
        *applications.edited(before, after, event),
        *returned.content_kept(kept, after.header),
        _invoice_profile_checked(act.tenant, ready),
        *inspected.claimed(after.header.number, act.at),
    ]
    transaction.commit(after.header, event, writes)
    return Accepted(after, [*warnings.on_content(ready, today), *inspected.warnings])


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


def _invoice_profile_checked(enterprise_id: EnterpriseId, content: Mapping[str, Any], prefix: str = "") -> Write:
    """The condition that the enterprise has the invoice profile when the transaction is written."""
    key = invoice_profiles.key(enterprise_id, content["invoice_profile_id"])
    return table.check(key, {"id": content["invoice_profile_id"]}, lambda _: _profile_unknown(prefix))


def _profile_unknown(prefix: str) -> Invalid:
    return invalid(f"{prefix}invoice_profile_id", "INVOICE_PROFILE")
