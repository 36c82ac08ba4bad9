"""Saving drafts without HTTP: what a save costs, and what a concurrent request changes (F03, F11)."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from chalicelib.repos.accounts import accounts
from chalicelib.repos.drafts import counters, drafts
from chalicelib.repos.files import bucket
from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.rules.base import limits
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import ContentChanged, LimitReached, Unauthenticated
from chalicelib.rules.base.vocabulary import EnterpriseId, Role
from chalicelib.rules.forms.content import DraftContent
from chalicelib.usecases.drafts import endings, saving
from testing import people
from tests.support import submissions

pytestmark = pytest.mark.usefixtures("cloud_resources")


@pytest.fixture
def agent(cloud_resources):
    """An agent of an enterprise of its own, without drafts."""
    name = f"agent{people.serial()}"
    account = submissions.account(Role.AGENT, id=name, enterprise_id=EnterpriseId(f"enterprise-of-{name}"))
    table.commit(*accounts.account_created(account))
    return account


@contextmanager
def verified_signatures(monkeypatch):
    """The values whose digests are computed to verify them."""
    seen = []
    digest = sealing.digest

    def counting(scope, value, key=None):
        if scope == "attachment":
            seen.append(value)
        return digest(scope, value, key)

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "digest", counting)
        yield seen


def naming(agent, uploads):
    """A form that names so many attachments of the agent's enterprise, uploaded or not."""
    today = china_day(submissions.NOON)
    attachments = [bucket.new_attachment(agent.tenant, "photo", "image/jpeg", 64, today) for _ in range(uploads)]
    return DraftContent(attachments=[attachment.id for attachment in attachments])


def test_the_signature_of_each_attachment_is_verified_at_the_first_save_only(agent, monkeypatch):
    act, form = submissions.act(agent), naming(agent, 3)
    with verified_signatures(monkeypatch) as first:
        draft = saving.save_new(act, form)
    with verified_signatures(monkeypatch) as again:
        saving.save(act, draft.id, 1, form)
    assert (len(set(first)), len(first), len(again)) == (3, 3, 0)


def test_the_counters_name_the_uploads_of_a_saved_draft(agent):
    act, form = submissions.act(agent), naming(agent, 2)
    draft = saving.save_new(act, form)
    names = {attachment_id.partition(".")[0] for attachment_id in form.attachments}
    assert counters.get(agent.id).uploads == {draft.id: names}
    saving.save(act, draft.id, 1, DraftContent())
    assert counters.get(agent.id).uploads == {}
    assert counters.get(agent.id).drafts == 1


def test_a_draft_is_saved_once_for_each_version_that_was_opened(agent):
    act = submissions.act(agent)
    draft = saving.save_new(act, DraftContent(group_name="甲"))
    saving.save(act, draft.id, 1, DraftContent(group_name="乙"))
    with pytest.raises(ContentChanged):
        saving.save(act, draft.id, 1, DraftContent(group_name="丙"))
    [stored] = drafts.stored(agent.id)
    assert (stored.version, stored.content["group_name"]) == (2, "乙")


def test_a_deleted_agent_leaves_no_draft_behind(agent):
    deletion = table.delete(accounts.account_key(agent.tenant, agent.id))
    endings.of_deleted_account(agent.id, agent.tenant, [deletion], submissions.NOON)
    with pytest.raises(Unauthenticated):
        saving.save_new(submissions.act(agent), DraftContent())
    assert drafts.stored(agent.id) == []


@pytest.mark.accepts("F03", "F04")
def test_drafts_past_their_purge_date_give_their_places_to_a_new_one(agent):
    act = submissions.act(agent)
    for _ in range(limits.MAX_DRAFTS):
        saving.save_new(act, DraftContent())
    with pytest.raises(LimitReached):
        saving.save_new(act, DraftContent())
    later = submissions.act(agent, submissions.NOON + limits.DRAFT_LIFE)
    draft = saving.save_new(later, DraftContent())
    assert [stored.id for stored in drafts.stored(agent.id)] == [draft.id]
    assert counters.get(agent.id).purged_drafts == limits.MAX_DRAFTS
    assert counters.get(agent.id).saved == {draft.id: later.at}
    assert draft.saved_at == submissions.NOON + timedelta(days=180)
