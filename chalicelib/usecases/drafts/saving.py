"""Saving drafts: a new one, a copy, or an opened one again (F03, F11, F13; docs/domain.md 9)."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.repos.accounts import accounts
from chalicelib.repos.drafts import drafts
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.base.errors import LimitReached
from chalicelib.rules.drafts.drafts import Draft
from chalicelib.rules.forms import content as content_rules
from chalicelib.rules.forms.content import DraftContent
from chalicelib.usecases.drafts import endings
from chalicelib.usecases.remember import Remember, nothing


def save_new(act: Act, form: DraftContent, remember: Remember[Draft] = nothing) -> Draft:
    """Save a new draft.

    Raises:
        Invalid: A value of the content is masked.
        LimitReached: The account has 20 drafts (F03).
        TooLarge: The content does not fit into one item.
        Unauthenticated: The account was deleted by a concurrent request.
    """
    content_rules.refuse_masked(form)
    return add(act, form.model_dump(), remember)


def copy(act: Act, draft_id: str, remember: Remember[Draft]) -> Draft:
    """Save a new draft with the content of another draft of the account.

    Raises:
        NotFound: The account has no such draft.
        LimitReached, TooLarge, Unauthenticated: As `save_new`.
        Unavailable: A newer version of the portal saved the draft.
    """
    return add(act, drafts.get(act.actor.id, draft_id, act.at).content, remember)


def add(act: Act, content: Mapping[str, Any], remember: Remember[Draft], also: Sequence[Write] = ()) -> Draft:
    """Save a new draft with this content, and write `also` in its transaction; raises as `save_new`."""
    uploads = drafts.named_uploads(act.tenant, content)
    draft, saved = drafts.new_draft(act.actor.id, act.tenant, content, act.at, uploads)
    # An agent deleted by a concurrent request must not leave a draft behind.
    writes = [*remember(draft), accounts.existence_checked(act.actor), *saved, *also]
    try:
        table.commit(*writes)
    except LimitReached:
        # Drafts past their purge date do not count, but their places may not have been given back yet.
        if not endings.purge_own(act.actor.id, act.at):
            raise
        table.commit(*writes)
    return draft


def save(act: Act, draft_id: str, version: int, form: DraftContent) -> Draft:
    """Save an opened draft again.

    Args:
        act: Who saves, and when.
        draft_id: The draft.
        version: The version that was opened, so that two windows never overwrite each other.
        form: The new content.

    Raises:
        ContentChanged: The draft has another version.
        Invalid: A value of the content is masked.
        NotFound: The account has no such draft.
        TooLarge: The content does not fit into one item.
        Unavailable: A newer version of the portal saved the draft.
    """
    content_rules.refuse_masked(form)
    content = form.model_dump()
    uploads = drafts.named_uploads(act.tenant, content)
    opened = Draft(draft_id, act.actor.id, act.at, version, {}, act.tenant)
    draft, writes = drafts.saved_draft(opened, content, act.at, uploads)
    table.commit(*writes)
    return draft
