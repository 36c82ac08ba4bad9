"""缴费凭证: the payment voucher of an application, one item beside its header (docs/decisions/0055)."""

from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Key, Write
from chalicelib.rules.applications.applications import ApplicationHeader, Payment
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.vocabulary import ApplicationNumber, PaymentState

KIND = "payment"
READ = ("state", "attachments", "yuan", "uploaded_at", "decided_at", "reason")
"""The attributes that `to_payment` reads, besides those of other items."""


def key(number: ApplicationNumber) -> Key:
    """Primary key of the payment voucher of an application."""
    return keys.partition(number), "PAYMENT"


def get(number: ApplicationNumber) -> Payment | None:
    """The payment voucher of an application; None before the first upload."""
    item = table.get(key(number))
    return to_payment(item) if item else None


def payment_stored(payment: Payment, header: ApplicationHeader) -> Write:
    """Store a payment voucher.

    The history entry of the change in the same transaction replaces the header on the condition that no other entry was
    added, so this write needs no condition of its own.
    """
    pk, sk = key(header.number)
    item = {
        "pk": pk,
        "sk": sk,
        "kind": KIND,
        "enterprise_id": header.enterprise_id,
        "state": payment.state,
        "version": payment.version,
        "attachments": list(payment.attachments),
        "yuan": payment.yuan,
        "uploaded_at": rfc3339(payment.uploaded_at),
        "decided_at": rfc3339(payment.decided_at) if payment.decided_at else None,
        "reason": sealing.seal(payment.reason.encode(), f"{pk}#{sk}#reason") if payment.reason else None,
    }
    return table.put(item)


def to_payment(item: Item) -> Payment:
    """The payment voucher of an item."""
    context = f"{item['pk']}#{item['sk']}#reason"
    return Payment(
        state=PaymentState(item["state"]),
        version=item["version"],
        attachments=tuple(item["attachments"]),
        yuan=item["yuan"],
        uploaded_at=parse_time(item["uploaded_at"]),
        decided_at=parse_time(item["decided_at"]) if "decided_at" in item else None,
        reason=sealing.unseal(item["reason"], context).decode() if "reason" in item else None,
    )
