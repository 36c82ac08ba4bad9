"""Which addresses a leased mail still has to reach (H19, M02, M05; docs/domain.md 8)."""

from chalicelib.config import settings
from chalicelib.repos.accounts import accounts, suppressions
from chalicelib.repos.mail import outbox
from chalicelib.repos.mail.outbox import Entry
from chalicelib.repos.process import log
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.base.vocabulary import EnterpriseId, MailStatus
from chalicelib.rules.notices import allow_list, recipients
from chalicelib.usecases.notices import application_notices
from chalicelib.usecases.notices.envelopes import Addresses, LeasedMail


class Addressing:
    """Finds addresses for the mails of one batch, and reads the accounts of each enterprise once."""

    def __init__(self) -> None:
        self._accounts: dict[EnterpriseId, list[Account]] = {}

    def addresses(self, mail: LeasedMail) -> Addresses:
        """The addresses that a mail still has to reach; sets whether it is suppressed for anybody."""
        readers = self._security_reader(mail) if mail.is_security else self._followers(mail)
        found: dict[str, set[str]] = {}
        for address, reader in readers:
            if reader not in mail.entry.reached:
                if not _is_allowed(address):
                    log.event("mail_not_allowed", mail=mail.entry.id, kind=mail.entry.kind)
                    continue
                same = next((known for known in found if known.casefold() == address.casefold()), address)
                found.setdefault(same, set()).add(reader)
        return found

    def _security_reader(self, mail: LeasedMail) -> list[tuple[str, str]]:
        # An address that complained about notices still gets codes; one that bounced gets nothing.
        address = str(mail.entry.to)
        mail.suppressed = suppressions.status_of(address) is MailStatus.BOUNCED
        return [] if mail.suppressed else [(address, outbox.TO_ADDRESS)]

    def _followers(self, mail: LeasedMail) -> list[tuple[str, str]]:
        """Addresses and ids of the accounts that follow the application of a mail."""
        followers = self._accounts_following(mail.entry)
        mail.suppressed = any(account.mail_status is not MailStatus.OK for account in followers)
        return [(account.email, str(account.id)) for account in followers if account.mail_status is MailStatus.OK]

    def _accounts_following(self, entry: Entry) -> list[Account]:
        owner, creator = entry.enterprise_id, entry.creator_id
        if owner is None or creator is None:
            raise ValueError("a mail without address belongs to an enterprise")
        all_accounts = self._accounts_of(owner)
        application_notices.move_unreadable(entry, all_accounts)
        if entry.own:
            return recipients.own_mail_recipients(creator, all_accounts)
        return recipients.mail_recipients(creator, all_accounts)

    def _accounts_of(self, owner: EnterpriseId) -> list[Account]:
        if owner not in self._accounts:
            self._accounts[owner] = accounts.accounts_of(owner)
        return self._accounts[owner]


def _is_allowed(address: str) -> bool:
    config = settings()
    return allow_list.is_allowed(address, config.mail_allowlist, is_production=config.is_production)
