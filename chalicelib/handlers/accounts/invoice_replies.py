"""Replies about invoice profiles, for their enterprise and for officers."""

from pydantic import BaseModel

from chalicelib import data
from chalicelib.handlers.http.formats import Id, RegionCode
from chalicelib.repos.accounts.invoice_profiles import InvoiceProfile


class InvoiceProfileReply(BaseModel):
    """发票信息: ten fields."""

    id: Id
    name: str
    tax_number: str
    region_code: RegionCode
    region: str | None
    """The region in words: 省/市/区县."""
    address: str
    phone: str
    invoice_email: str
    email_contact: str
    email_contact_phone: str
    filing_contact: str
    filing_contact_phone: str
    version: int


def invoice_profile(shown: InvoiceProfile) -> InvoiceProfileReply:
    """The reply for an invoice profile."""
    region = data.region_name(shown.fields["region_code"])
    return InvoiceProfileReply(id=shown.id, **shown.fields, region=region, version=shown.version)
