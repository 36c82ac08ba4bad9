"""Shapes of `GET /reference` and `GET /reference/regions`: everything that forms and filters are built from."""

from typing import Literal

from pydantic import BaseModel

from chalicelib.handlers.http.formats import AttachmentKindCode, EconomyCode, RegionCode
from chalicelib.handlers.reference import reference_names as names
from chalicelib.handlers.reference.reference_texts import Phrases, Terms
from chalicelib.rules.applications.lifecycle import Level
from chalicelib.rules.base.vocabulary import Service, Status
from chalicelib.rules.forms.content import ReplaceCase


class EconomyEntry(BaseModel):
    """经济体."""

    code: EconomyCode
    name: str
    name_en: str
    member: Literal["full", "transitional"]
    decides: bool
    """Whether it decides on applications from China."""
    stay_days: int | None
    """Days of one stay; null if no source says so."""


class Point(BaseModel):
    """代办点, where a card is collected."""

    name: str
    address: str
    telephone: str


class RequiredAttachments(BaseModel):
    """Kinds without which a new or renewal application is refused."""

    person: list[AttachmentKindCode]
    group: list[AttachmentKindCode]


class OfficeEntry(BaseModel):
    """申请外办, or the consular department."""

    code: str
    kind: Literal["fao", "consular"]
    name: str
    choosable: bool
    """Whether a form offers it as 申请外办."""
    region_code: RegionCode | None
    region: str | None
    telephone: str | None
    """Null while no source says so, as the points are then missing."""
    points: list[Point]
    required_attachments: RequiredAttachments
    passport_months: int
    """Months of validity that a passport should have left; less gives a warning."""
    checklist_version: str


class PixelsEntry(BaseModel):
    """The accepted sizes of a picture: width and height in pixels, and the range of width / height."""

    least: list[int]
    most: list[int]
    ratio: list[float]


class AttachmentKindEntry(BaseModel):
    """材料."""

    code: AttachmentKindCode
    name: str
    used_for: Literal["person", "group", "service", "import"]
    content_types: list[str]
    max_bytes: int
    pixels: PixelsEntry | None


class ChecklistItem(BaseModel):
    """One kind of a checklist."""

    kind: AttachmentKindCode
    name: str
    required: bool
    """Whether a submission without it is refused; offices ask for the others later."""


class Checklist(BaseModel):
    """What offices want with one service, and one case of it."""

    offices: list[str]
    """Codes of the offices whose list it is."""
    service: Service
    case: ReplaceCase | None
    level: Literal["person", "group", "service"]
    items: list[ChecklistItem]


class NamedText(BaseModel):
    """A code with its name, of a list that is data."""

    code: str
    name: str


class IndustryEntry(NamedText):
    """所属行业."""

    aliases: list[str]
    """Everyday words by which a form finds the industry, in Chinese."""


class ServiceEntry(BaseModel):
    """业务, with its fee."""

    code: Service
    name: str
    tag: str
    """The tag beside a number."""
    yuan_per_card: int


class StatusEntry(BaseModel):
    """申请单状态, and what its reader does next."""

    code: Status
    name: str
    next_step: str


class StatusesOf(BaseModel):
    """The statuses that an application of a service, or its persons, can have."""

    level: Level
    service: Service
    statuses: list[Status]


class Limits(BaseModel):
    """Limits that forms need; lengths of texts are in the schemas of the requests."""

    persons: int
    agents: int
    drafts: int
    invoice_profiles: int
    follow_ups: int
    """Follow-up applications about one person."""
    attachments: int
    """Of each person and each group."""
    draft_days: int
    page: int
    page_default: int
    password_min: int
    password_max: int
    email_code_digits: int
    email_code_seconds: int
    email_code_resend_seconds: int
    ticket_seconds: int
    ticket_poll_seconds: int
    upload_seconds: int
    download_seconds: int
    upload_bytes_a_day: int
    applications_a_day: int
    follow_ups_a_day: int
    reveals_a_day: int
    exports_a_day: int
    import_rows: int
    """Rows of one list of acts."""
    economies: int
    """Economies of one travel check."""
    reopen_days: int
    card_years: int
    session_idle_minutes: int


class Reference(BaseModel):
    """All lists, named in the language of the reader."""

    economies: list[EconomyEntry]
    offices: list[OfficeEntry]
    attachment_kinds: list[AttachmentKindEntry]
    checklists: list[Checklist]
    enterprise_kinds: list[NamedText]
    industries: list[IndustryEntry]
    services: list[ServiceEntry]
    statuses: list[StatusEntry]
    statuses_of: list[StatusesOf]
    actions: list[names.ActionEntry]
    decisions: list[names.DecisionEntry]
    decision_states: list[names.StateEntry]
    scopes: list[names.ScopeEntry]
    replace_cases: list[names.ReplaceCaseEntry]
    pickup_methods: list[names.PickupMethodEntry]
    parties: list[names.PartyEntry]
    ticket_states: list[names.TicketStateEntry]
    payment_states: list[names.PaymentStateEntry]
    attachment_states: list[names.AttachmentStateEntry]
    mail_statuses: list[names.MailStatusEntry]
    sexes: list[names.SexEntry]
    passport_kinds: list[names.PassportKindEntry]
    phrases: Phrases
    terms: list[Terms]
    regions_version: str
    limits: Limits


class City(BaseModel):
    """A city with its districts, each a code and a name."""

    code: RegionCode
    name: str
    districts: list[list[str]]


class Province(City):
    """A province: its cities, and the districts directly under it."""

    cities: list[City]


class Regions(BaseModel):
    """Provinces, cities and districts, named in Chinese."""

    version: str
    source: str
    provinces: list[Province]
