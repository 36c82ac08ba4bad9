"""Shapes of what goes out. Field names are the contract's; texts are Chinese labels next to stable codes."""

from pydantic import BaseModel


class Upload(BaseModel):
    """Where and with which fields the browser posts the file."""

    url: str
    fields: dict[str, str]


class AttachmentReply(BaseModel):
    """A file about to be uploaded."""

    id: str
    kind: str
    upload: Upload
    expires_at: str


class Download(BaseModel):
    """Where an accepted file is fetched from, for ten minutes."""

    kind: str
    url: str
    expires_at: str


class TicketReply(BaseModel):
    """A QR code for one browser."""

    ticket_id: str
    secret: str
    qr_content: str
    qr_svg: str
    expires_at: str
    poll_after_seconds: int


class TicketElements(BaseModel):
    """企业三要素 of a confirmed ticket."""

    name: str
    uscc: str
    legal_representative: str


class TicketHolder(BaseModel):
    """Who scanned."""

    kind: str
    name: str


class TicketStateReply(BaseModel):
    """The state of a ticket."""

    state: str
    enterprise: TicketElements | None
    holder: TicketHolder | None


class CodeSent(BaseModel):
    """A code is on its way; the same answer for every address."""

    expires_at: str
    resend_after: int


class ExportReply(BaseModel):
    """A file made for download."""

    filename: str
    url: str
    expires_at: str


class Health(BaseModel):
    """The process answers."""

    status: str
