"""Saving drafts: a new one, or an opened one again (F03, F11, F13; docs/domain.md 9)."""

from chalicelib.repos.accounts import accounts
from chalicelib.repos.drafts import drafts
from chalicelib.repos.table import table
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
    content = form.model_dump()
    uploads = drafts.named_uploads(act.tenant, content)
    draft, saved = drafts.new_draft(act.actor.id, act.tenant, content, act.at, uploads)
    # An agent deleted by a concurrent request must not leave a draft behind.
    writes = [*remember(draft), accounts.existence_checked(act.actor), *saved]
    try:
        table.commit(*writes)
    except LimitReached:
        # Drafts past their purge date no longer count, but the nightly purge may not have run yet.
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
