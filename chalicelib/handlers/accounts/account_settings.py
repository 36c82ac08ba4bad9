"""账号设置: the account of the caller and the profile of its enterprise (A01-A10)."""

from chalicelib.handlers.accounts import account_replies as replies
from chalicelib.handlers.accounts.account_replies import AccountReply, CodeSent, EnterpriseReply
from chalicelib.handlers.http import credentials
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.credentials import WithCookie
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.repos.accounts import enterprises
from chalicelib.rules.forms.accounts import (
    EmailChange,
    EmailCodeRequest,
    EmailCodeUse,
    EmailUndo,
    EnterpriseChange,
    MailPreference,
    PasswordChange,
    TicketUse,
)
from chalicelib.usecases.accounts import address_changes, email_codes, enterprise_profile, mailbox, own_account

routes = Routes(__name__)


@routes.add("GET", "/enterprise", Access.MEMBERS, reply=EnterpriseReply)
def enterprise(call: Call) -> EnterpriseReply:
    """账号信息 (A07): show the licence elements and the profile."""
    return replies.enterprise(enterprises.get(call.viewer.tenant), call.language)


@routes.add("PATCH", "/enterprise", Access.ENTERPRISE, body=EnterpriseChange, reply=EnterpriseReply)
def change_enterprise(call: Call) -> EnterpriseReply:
    """提交修改 (A08): change the fields that the body names; the licence elements are read-only (A05)."""
    return replies.enterprise(enterprise_profile.change(call.act, call.body, call.expected_version), call.language)


@routes.add("PUT", "/enterprise/licence", Access.ENTERPRISE, body=TicketUse, reply=EnterpriseReply)
def renew_licence(call: Call) -> EnterpriseReply:
    """更新企业三要素信息: renew the licence elements by a new scan of the same enterprise's licence (A06)."""
    return replies.enterprise(enterprise_profile.renew_licence(call.act, call.body), call.language)


@routes.add("POST", "/me/email-codes", Access.ENTERPRISE, body=EmailCodeRequest, reply=CodeSent, status=202)
def send_code(call: Call) -> CodeSent:
    """Send a six-digit code to a new address; only the mail tells whether the address has an account."""
    email_codes.send_for_change(call.act, call.body)
    return replies.code_sent(call.now)


@routes.add("PUT", "/me/email", Access.ENTERPRISE, body=EmailChange, reply=AccountReply)
def change_email(call: Call) -> AccountReply:
    """修改邮箱 (A09): change the address, which is the login name; it needs a proof of its own.

    All other sessions end. The old address gets a link that undoes the change for 7 days.
    """
    return replies.account(address_changes.change(call.act, call.body, call.own_session))


@routes.add("POST", "/me/mailbox/email-codes", Access.MEMBERS, reply=CodeSent, status=202)
def send_mailbox_code(call: Call) -> CodeSent:
    """Send a six-digit code to the address of the agent, which its enterprise has typed."""
    mailbox.send_code(call.act)
    return replies.code_sent(call.now)


@routes.add("PUT", "/me/mailbox", Access.MEMBERS, body=EmailCodeUse, reply=AccountReply)
def confirm_mailbox(call: Call) -> AccountReply:
    """Confirm the mailbox of the agent by the code: mail about applications goes there from now on."""
    return replies.account(mailbox.confirm(call.act, call.body))


@routes.add("POST", "/email-changes/undo", Access.PUBLIC, body=EmailUndo, status=204)
def undo_email_change(call: Call) -> WithCookie | None:
    """Set the old address again with a new password, by the link in its mailbox; all sessions end."""
    account_id = address_changes.undo(call.body, call.address, call.now, call.request_id)
    is_own = credentials.is_cookie_of(account_id, call.headers)
    return WithCookie(None, credentials.CLEARED) if is_own else None


@routes.add("PUT", "/me/password", Access.EVERYONE, body=PasswordChange, status=204, for_credentials=True)
def change_password(call: Call) -> None:
    """修改密码 (A10): other sessions end, this one continues."""
    own_account.change_password(call.act, call.body, call.own_session, call.address)


@routes.add("PUT", "/me/mail-preference", Access.MEMBERS, body=MailPreference, reply=AccountReply)
def change_mail_preference(call: Call) -> AccountReply:
    """是否接收邮件 of one's own account (M05); the enterprise can change it in 经办人管理 as well."""
    return replies.account(own_account.change_mail_preference(call.act, receives_mail=call.body.receives_mail))
