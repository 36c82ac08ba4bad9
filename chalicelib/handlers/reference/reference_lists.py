"""The lists of `GET /reference`, made from data, texts and the rules that forms depend on."""

from collections.abc import Iterator
from typing import Any, Literal

from chalicelib import data
from chalicelib.data import phrases, texts
from chalicelib.handlers.reference import reference_names as names
from chalicelib.handlers.reference import reference_shapes as shapes
from chalicelib.handlers.reference.reference_texts import FieldPhrases, Phrases, Terms
from chalicelib.rules.applications import lifecycle
from chalicelib.rules.applications.lifecycle import Level
from chalicelib.rules.base import limits
from chalicelib.rules.base.vocabulary import Decision, Service, Status
from chalicelib.rules.forms.content import ReplaceCase

LEVELS = (Level.PERSON, Level.APPLICATION)


def reference(language: str) -> shapes.Reference:
    """All lists, named in `zh` or `en`."""
    return shapes.Reference(
        economies=[_economy(economy, language) for economy in data.economies()],
        offices=[_office(office, language) for office in data.offices().values()],
        attachment_kinds=[_attachment_kind(kind, language) for kind in data.attachment_kinds().values()],
        checklists=_checklists(language),
        enterprise_kinds=[
            shapes.NamedText(code=code, name=name) for code, name in data.enterprise_kinds(language).items()
        ],
        industries=[
            shapes.IndustryEntry(code=code, name=name, aliases=list(data.industry_aliases()[code]))
            for code, name in data.industries(language).items()
        ],
        services=[_service(Service(code), language) for code in texts.keys("services")],
        statuses=[_status(Status(code), language) for code in texts.keys("statuses")],
        statuses_of=[*_statuses_of()],
        decisions=[_decision(Decision(code), language) for code in texts.keys("decisions")],
        phrases=_phrases(language),
        terms=[_terms(terms, language) for terms in data.terms()],
        regions_version=data.regions()["version"],
        limits=_limits(),
        **{name: _labelled(section, language) for name, section in LABELLED.items()},
    )


LABELLED = {
    "actions": "actions",
    "decision_states": "decision_states",
    "scopes": "scopes",
    "replace_cases": "replace_cases",
    "pickup_methods": "pickup_methods",
    "parties": "parties",
    "ticket_states": "ticket_states",
    "payment_states": "payment_states",
    "attachment_states": "attachment_states",
    "mail_statuses": "mail_statuses",
    "sexes": "sexes",
    "passport_kinds": "passport_kinds",
}
"""The lists that are a section of the catalogue."""


def _labelled(section: str, language: str) -> Any:
    return [{"code": code, "name": texts.text(section, code, language)} for code in texts.keys(section)]


def _economy(economy: data.Economy, language: str) -> shapes.EconomyEntry:
    return shapes.EconomyEntry(
        code=economy.code,
        name=economy.label(language),
        name_en=economy.name_en,
        member=economy.member,
        decides=economy.decides,
        stay_days=economy.stay_days,
    )


def _office(office: data.Office, language: str) -> shapes.OfficeEntry:
    required = office.required_attachments
    return shapes.OfficeEntry(
        code=office.code,
        kind=office.kind,
        name=office.label(language),
        choosable=office.kind == "fao",
        region_code=office.region_code,
        region=data.region_name(office.region_code) if office.region_code else None,
        telephone=office.telephone,
        points=[
            shapes.Point(name=point.label(language), address=point.address, telephone=point.telephone)
            for point in office.points
        ],
        required_attachments=shapes.RequiredAttachments(person=list(required["person"]), group=list(required["group"])),
        passport_months=office.passport_months,
        checklist_version=office.checklist_version,
    )


def _attachment_kind(kind: data.AttachmentKind, language: str) -> shapes.AttachmentKindEntry:
    return shapes.AttachmentKindEntry(
        code=kind.code,
        name=kind.label(language),
        used_for=kind.used_for,
        content_types=list(kind.content_types),
        max_bytes=kind.max_bytes,
        pixels=shapes.PixelsEntry(**{name: list(pair) for name, pair in kind.pixels._asdict().items()})
        if kind.pixels
        else None,
    )


def _checklists(language: str) -> list[shapes.Checklist]:
    """Those of new and renewal applications, which are enforced, then those of the follow-up services."""
    found = [*_enforced("person", language), *_enforced("group", language)]
    for checklist in data.service_checklists():
        found.append(
            shapes.Checklist(
                offices=list(checklist.offices),
                service=Service(checklist.service),
                case=ReplaceCase(checklist.case) if checklist.case else None,
                level="service",
                items=_items(checklist.kinds, language, required=False),
            )
        )
    return found


def _enforced(level: Literal["person", "group"], language: str) -> Iterator[shapes.Checklist]:
    """One list for all offices that want the same."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for office in data.offices().values():
        if office.kind == "fao":
            alike.setdefault(office.required_attachments[level], []).append(office.code)
    for kinds, codes in alike.items():
        items = _items(kinds, language, required=True)
        yield shapes.Checklist(offices=codes, service=Service.NEW_OR_RENEWAL, case=None, level=level, items=items)


def _items(kinds: tuple[str, ...], language: str, *, required: bool) -> list[shapes.ChecklistItem]:
    names = data.attachment_kinds()
    return [shapes.ChecklistItem(kind=kind, name=names[kind].label(language), required=required) for kind in kinds]


def _service(service: Service, language: str) -> shapes.ServiceEntry:
    name = texts.text("services", service, language)
    tag = texts.text("tags", service, language) if texts.has("tags", service) else name
    return shapes.ServiceEntry(code=service, name=name, tag=tag, yuan_per_card=data.fees()[service].yuan)


def _status(status: Status, language: str) -> shapes.StatusEntry:
    name, step = texts.text("statuses", status, language), texts.text("next_steps", status, language)
    return shapes.StatusEntry(code=status, name=name, next_step=step)


def _statuses_of() -> Iterator[shapes.StatusesOf]:
    """Of every application, and of persons; a person has the status of its application until it has its own."""
    for level in LEVELS:
        for service in Service:
            rows = [row for row in lifecycle.TABLE if (row.level, row.service) == (level, service)]
            reached = {status for row in rows for status in (row.status, row.to)}
            if reached:
                yield shapes.StatusesOf(
                    level=level, service=service, statuses=[status for status in Status if status in reached]
                )


def _decision(decision: Decision, language: str) -> names.DecisionEntry:
    state = "pending" if decision is Decision.PENDING else "decided"
    return names.DecisionEntry(code=decision, name=texts.text("decisions", decision, language), state=state)


def _phrases(language: str) -> Phrases:
    fields = phrases.of_fields(language).items()
    return Phrases(
        fields=[FieldPhrases(field=field, phrases=list(found)) for field, found in fields],
        reject=list(phrases.of_decisions(language)["reject"]),
    )


def _terms(terms: data.Terms, language: str) -> Terms:
    words = terms.text_en if language == "en" else terms.text
    return Terms(code=terms.code, name=terms.label(language), version=terms.version, address=terms.address, text=words)


def _limits() -> shapes.Limits:
    return shapes.Limits(
        persons=limits.MAX_PERSONS,
        agents=limits.MAX_AGENTS,
        drafts=limits.MAX_DRAFTS,
        invoice_profiles=limits.MAX_INVOICE_PROFILES,
        follow_ups=limits.MAX_FOLLOW_UPS,
        attachments=limits.MAX_ATTACHMENTS,
        draft_days=limits.DRAFT_LIFE.days,
        page=limits.PAGE_MAX,
        page_default=limits.PAGE_DEFAULT,
        password_min=limits.PASSWORD_MIN,
        password_max=limits.PASSWORD_MAX,
        email_code_digits=limits.EMAIL_CODE_DIGITS,
        email_code_seconds=int(limits.EMAIL_CODE_LIFE.total_seconds()),
        email_code_resend_seconds=int(limits.EMAIL_CODE_RESEND.total_seconds()),
        ticket_seconds=int(limits.TICKET_LIFE.total_seconds()),
        ticket_poll_seconds=int(limits.TICKET_POLL.total_seconds()),
        upload_seconds=int(limits.UPLOAD_LIFE.total_seconds()),
        download_seconds=int(limits.EXPORT_LIFE.total_seconds()),
        upload_bytes_a_day=limits.UPLOAD_BYTES_A_DAY,
        applications_a_day=limits.APPLICATIONS_A_DAY,
        follow_ups_a_day=limits.FOLLOW_UPS_A_DAY,
        reveals_a_day=limits.REVEALS_A_DAY,
        exports_a_day=limits.EXPORTS_A_DAY,
        import_rows=limits.IMPORT_ROWS,
        economies=len(data.deciding_economies()),
        reopen_days=limits.REOPEN_DAYS,
        card_years=limits.CARD_YEARS,
        session_idle_minutes=int(limits.SESSION_IDLE.total_seconds()) // 60,
    )
