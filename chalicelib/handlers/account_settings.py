"""账号设置: who is signed in, the enterprise's profile, e-mail, password and mail switch (A01-A10)."""

from chalicelib.handlers import account_replies as replies
from chalicelib.handlers.account_replies import AccountReply, EnterpriseReply, Me
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import accounts, audit, email_codes, enterprises, login_throttle, suppressions, tickets
from chalicelib.repos.accounts.passwords import check_password
from chalicelib.repos.drafts import counters
from chalicelib.repos.keys import password_hashing
from chalicelib.repos.mail import outbox
from chalicelib.repos.notices import messages
from chalicelib.repos.table import table
from chalicelib.rules.accounts import licence
from chalicelib.rules.accounts.licence import Purpose
from chalicelib.rules.base.china_time import china_time
from chalicelib.rules.base.errors import ContentChanged, DifferentEnterprise, invalid
from chalicelib.rules.base.vocabulary import Role
from chalicelib.rules.forms.accounts import EmailChange, EnterpriseChange, MailPreference, PasswordChange, TicketUse

routes = Routes(__name__)

SHOWN = ("region_code", "address", "kind", "industry", "staff_count")
"""What the audit may show of a profile; the telephone may be somebody's own."""


@routes.add("GET", "/me", Access.EVERYONE, reply=Me, despite_expiry=True)
def me(call: Call) -> Me:
    """Who is signed in, unread messages, and the purge notice (F05)."""
    viewer = call.viewer
    at_state, at_enterprise = counters.key(viewer.id), enterprises.key(viewer.enterprise_id or "")
    found = table.get_many([at_state, at_enterprise])
    state = counters.from_item(found.get(at_state))
    enterprise = replies.enterprise(enterprises.from_item(found[at_enterprise])) if viewer.enterprise_id else None
    return Me(
        account=replies.account(viewer),
        enterprise=enterprise,
        unread_messages=0 if viewer.role is Role.OFFICER else messages.unread_count(viewer),
        purged_drafts=state.purged_drafts,
    )


@routes.add("GET", "/enterprise", Access.MEMBERS, reply=EnterpriseReply)
def enterprise(call: Call) -> EnterpriseReply:
    """账号信息 (A07)."""
    return replies.enterprise(enterprises.get(call.viewer.tenant))


@routes.add("PATCH", "/enterprise", Access.ENTERPRISE, body=EnterpriseChange, reply=EnterpriseReply)
def change_enterprise(call: Call) -> EnterpriseReply:
    """提交修改 (A08): only what is named; the licence elements are no part of it (A05)."""
    before = enterprises.get(call.viewer.tenant)
    if "if-match" in call.headers and call.if_match != before.version:
        raise ContentChanged
    changes = call.body.model_dump(exclude_unset=True)
    old = {name: before.profile[name] for name in SHOWN if name in changes}
    new = {name: changes[name] for name in SHOWN if name in changes}
    if "phone" in changes:
        new["fields"] = ["phone"]
    table.commit(
        enterprises.enterprise_changed(before, **changes),
        audit.entry_added(call.viewer.tenant, call.origin, "enterprise_changed", before=old, after=new),
    )
    return replies.enterprise(enterprises.with_profile(before, changes))


@routes.add("PUT", "/enterprise/licence", Access.ENTERPRISE, body=TicketUse, reply=EnterpriseReply)
def renew_licence(call: Call) -> EnterpriseReply:
    """更新企业三要素信息 by a new scan of the same enterprise's licence (A06)."""
    ticket = tickets.of_form(call.body.ticket_id, call.body.ticket_secret)
    elements = licence.usable(ticket, Purpose.UPDATE_LICENCE, call.now)
    before = enterprises.get(call.viewer.tenant)
    if elements.uscc != before.elements.uscc:
        raise DifferentEnterprise
    table.commit(
        tickets.ticket_used(ticket),
        enterprises.enterprise_changed(before, name=elements.name, legal_representative=elements.legal_representative),
        accounts.account_changed(call.viewer, display_name=elements.name),
        *messages.account_messaged("licence_renewed", call.viewer, call.viewer.id, call.now),
        audit.entry_added(
            call.viewer.tenant,
            call.origin,
            "licence_renewed",
            before=before.elements.model_dump(),
            after=elements.model_dump(),
        ),
    )
    return replies.enterprise(enterprises.with_elements(before, elements))


@routes.add("PUT", "/me/email", Access.ENTERPRISE, body=EmailChange, reply=AccountReply)
def change_email(call: Call) -> AccountReply:
    """修改邮箱 (A09): the login name moves in one act, and the old address is told."""
    form: EmailChange = call.body
    if not form.accept_terms:
        raise invalid("accept_terms", "TERMS")
    viewer = call.viewer
    code_used = email_codes.redeemed("change_email", form.email, form.email_code, call.now)
    status = suppressions.status_of(form.email)
    _, notice = outbox.address_notified(
        "email_changed_notice",
        viewer.email,
        {"time": china_time(call.now)},
        call.now,
        call.request_id,
        viewer.enterprise_id,
    )
    table.commit(
        code_used,
        *accounts.login_renamed(viewer, form.email, "email"),
        accounts.account_changed(viewer, login=form.email, email=form.email, mail_status=status),
        notice,
        *messages.account_messaged("email_changed", viewer, viewer.id, call.now),
        audit.entry_added(viewer.tenant, call.origin, "email_changed"),
    )
    return replies.account(accounts.with_email(viewer, form.email, status))


@routes.add("PUT", "/me/password", Access.EVERYONE, body=PasswordChange, status=204, despite_expiry=True)
def change_password(call: Call) -> None:
    """修改密码 (A10): other sessions end, this one goes on.

    The new password is looked at first: whether the current one is right shows in nothing but the transaction, which
    no full counter lets through.
    """
    form: PasswordChange = call.body
    viewer = call.viewer
    attempts = login_throttle.login_attempts("password change", viewer.id, call.address, call.now)
    attempts.refuse_if_full(table.get_many(attempts.keys))
    if form.password == form.current_password:
        raise invalid("password", "PASSWORD_SAME")
    check_password(form.password, form.password_confirmation, [viewer.login, viewer.display_name])
    if not password_hashing.is_right(form.current_password, viewer.password_hash):
        table.commit(*attempts.failure_counted())
        raise invalid("current_password", "PASSWORD_WRONG")
    kept = call.own_session.id
    _, notice = outbox.address_notified(
        "password_changed_notice",
        viewer.email,
        {"time": china_time(call.now)},
        call.now,
        call.request_id,
        viewer.enterprise_id,
    )
    new_hash = password_hashing.hash_password(form.password)
    table.commit(
        *attempts.limits_checked(),
        accounts.account_changed(viewer, **accounts.password_attributes(viewer, new_hash, call.now, kept)),
        notice,
        *messages.account_messaged("password_changed", viewer, viewer.id, call.now),
        audit.entry_added(accounts.partition_owner_of(viewer), call.origin, "password_changed", viewer.id),
    )


@routes.add("PUT", "/me/mail-preference", Access.MEMBERS, body=MailPreference, reply=AccountReply)
def change_mail_preference(call: Call) -> AccountReply:
    """是否接收邮件 of one's own account (M05): the same switch as in 经办人管理."""
    viewer = call.viewer
    table.commit(
        accounts.account_changed(viewer, receives_mail=call.body.receives_mail),
        audit.entry_added(
            viewer.tenant,
            call.origin,
            "mail_preference_changed",
            viewer.id,
            before={"receives_mail": viewer.receives_mail},
            after={"receives_mail": call.body.receives_mail},
        ),
    )
    return replies.account(accounts.with_mail(viewer, receives=call.body.receives_mail))
