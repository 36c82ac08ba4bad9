"""Replies about applications, persons and history, as a reader may see them (docs/domain.md 5.6)."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib import data
from chalicelib.data.texts import has, text
from chalicelib.handlers.applications import card_replies, content_shapes, history_replies, offers, payment_replies
from chalicelib.handlers.applications.application_shapes import (
    ApplicationCard,
    ApplicationReply,
    Applications,
    FollowUpSummary,
    ForecastReply,
    HistoryReply,
    InvoiceShown,
    PersonReply,
)
from chalicelib.handlers.applications.content_shapes import GroupContentShown, ServiceContentShown
from chalicelib.handlers.reader import Reader as Reader  # noqa: PLC0414  pages import it with the replies
from chalicelib.rules.applications import progress, warnings
from chalicelib.rules.applications.applications import (
    Application,
    ApplicationHeader,
    Person,
    status_of,
    status_since_of,
    status_version_of,
)
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.applications.statistics import SHARE, Forecast
from chalicelib.rules.base import masks
from chalicelib.rules.base.china_time import rfc3339
from chalicelib.rules.base.vocabulary import Party, Service
from chalicelib.rules.forms.content import MASKED
from chalicelib.usecases.applications.history import History
from chalicelib.usecases.applications.search import Listing


def _person_card(person: Person, header: ApplicationHeader, reader: Reader) -> dict[str, Any]:
    """The fields of `PersonCard`: one person as lists show it (L13)."""
    passport, masked = reader.shown({"passport_number": person.content["passport_number"]})
    status = status_of(person, header, reader.today)
    return {
        "number": person.number,
        "name": person.content["name"],
        "title": person.content["title"],
        **passport,
        "status": status,
        "status_label": text("statuses", status, reader.language),
        "status_since": rfc3339(status_since_of(person, header, reader.today)),
        "status_version": status_version_of(person, header),
        "submitted_at": rfc3339(header.submitted_at),
        "available_services": available_services(person, reader.today),
        "has_open_service": person.open_service is not None,
        # Who sees its own applications only need not see this one: only the details know.
        "open_service": None if reader.account.sees_own_only else person.open_service,
        "open_service_label": _service_label(person.open_service_kind, reader.language),
        "card_valid_until": person.card.valid_until if person.card else None,
        "masked": masked,
    }


def _service_label(service: Service | None, language: str) -> str | None:
    return text("services", service, language) if service else None


def _subject_card(header: ApplicationHeader, reader: Reader) -> dict[str, Any]:
    """The fields of `PersonCard`: the person of a follow-up application, as it was at its submission."""
    content = header.content
    passport, masked = reader.shown({"passport_number": content["current_passport_number"]})
    return {
        "number": content["person_number"],
        "name": content["person_name"],
        "title": content["title"],
        **passport,
        "status": header.status,
        "status_label": text("statuses", header.status, reader.language),
        "status_since": rfc3339(header.status_since),
        "status_version": header.status_version,
        "submitted_at": rfc3339(header.submitted_at),
        "available_services": [],
        "has_open_service": False,
        "open_service": None,
        "open_service_label": None,
        "card_valid_until": None,
        "masked": masked,
    }


def application_card(application: Application, reader: Reader) -> dict[str, Any]:
    """The fields of `ApplicationCard`: one application with its persons as lists show it (L12, L13)."""
    header = application.header
    party = reader.account.party
    persons = [_person_card(person, header, reader) for person in application.persons]
    return {
        "number": header.number,
        "service": header.service,
        "tag": text("tags" if has("tags", header.service) else "services", header.service, reader.language),
        "status": header.status,
        "status_label": text("statuses", header.status, reader.language),
        "status_since": rfc3339(header.status_since),
        "status_version": header.status_version,
        "version": header.version,
        "title": header.title,
        "office": header.office,
        "office_name": data.offices()[header.office].label(reader.language),
        "enterprise_name": header.enterprise_name,
        "creator_id": header.creator_id,
        "creator": header.creator_name if party is Party.APPLICANT else masks.name(header.creator_name),
        "creator_username": header.creator_username if party is Party.APPLICANT else None,
        "person_count": header.person_count,
        "submitted_at": rfc3339(header.submitted_at),
        "created_at": rfc3339(header.created_at),
        "allowed_actions": offers.of_application(header, party, reader.today, reader.language),
        "progress_available": progress.is_available(application),
        "person_number": header.content.get("person_number"),
        "persons": persons if header.service is Service.NEW_OR_RENEWAL else [_subject_card(header, reader)],
    }


def applications(listing: Listing, reader: Reader) -> Applications:
    """One page of a list."""
    return Applications(
        items=[ApplicationCard(**application_card(application, reader)) for application in listing.applications],
        next_cursor=listing.next_cursor,
        partial=listing.partial,
    )


def application(shown: Application, reader: Reader, past: History | None = None) -> ApplicationReply:
    """One application in full.

    Args:
        shown: the application.
        reader: who reads.
        past: the newest entries of its history; None in the reply of a change, which has its own entry only.
    """
    content, masked = _content(shown, reader)
    return ApplicationReply(
        **application_card(shown, reader),
        content=content,
        **history_replies.past(shown, past, reader.account, reader.language),
        masked=[f"content.{field}" for field in masked],
        warnings=reader.warnings(warnings.of_application(shown)),
        invoice=_invoice(shown.header),
        payment=payment_replies.payment(shown, reader.account.party, reader.language),
    )


def _invoice(header: ApplicationHeader) -> InvoiceShown | None:
    if header.invoice is None:
        return None
    kept = {name: header.invoice[name] for name in ("name", "tax_number", "region_code", "address")}
    return InvoiceShown(**kept, region=data.region_name(kept["region_code"]))


def _content(shown: Application, reader: Reader) -> tuple[GroupContentShown | ServiceContentShown, list[str]]:
    """The content as the reader sees it, and the fields that have a mask."""
    content, masked = reader.shown(shown.header.content, ("passport_number",))
    if shown.header.service is not Service.NEW_OR_RENEWAL:
        return content_shapes.service(content, reader.language), masked
    persons = [content_shapes.person(reader.shown(person.content)[0], reader.language) for person in shown.persons]
    hidden = masks.masked_for(reader.account.party)
    masked = [f"persons.{field}" for field in MASKED if field in hidden]
    return content_shapes.group(content, persons, reader.language), masked


def history(page: History, reader: Reader) -> HistoryReply:
    """One page of a history, newest first."""
    return history_replies.page(page, reader.account, reader.language)


def person(
    shown: Application,
    found: Person,
    reader: Reader,
    follow_ups: Sequence[ApplicationHeader] | None = None,
    past: History | None = None,
) -> PersonReply:
    """One person in full.

    Args:
        shown: the application of the person.
        found: the person.
        reader: who reads.
        follow_ups: the follow-up applications about the person; None for the reply of a change, which does not list
            them.
        past: the newest entries of its history, as for `application`.
    """
    content, masked = reader.shown(found.content)
    card = _person_card(found, shown.header, reader) | {"masked": sorted(masked)}
    if found.open_service in [follow_up.number for follow_up in follow_ups or ()]:
        card["open_service"] = found.open_service
    return PersonReply(
        **card,
        application_number=shown.header.number,
        version=found.version,
        content=content_shapes.person(content, reader.language),
        economies=card_replies.economies(found, reader),
        foreign=card_replies.foreign(found),
        card=card_replies.card(found, reader),
        travel=card_replies.travel(found, reader),
        follow_ups=None if follow_ups is None else [_follow_up(follow_up, reader) for follow_up in follow_ups],
        allowed_actions=offers.of_person(found, shown.header, reader.account.party, reader.today, reader.language),
        warnings=reader.warnings(warnings.of_person(shown.header, found)),
        **history_replies.past(shown, past, reader.account, reader.language),
    )


def with_forecasts(shown: PersonReply, forecasts: Mapping[str, Forecast]) -> PersonReply:
    """The person with forecasts of pending answers, by code of the economy."""
    for economy in shown.economies:
        if found := forecasts.get(economy.code):
            economy.forecast = ForecastReply(
                from_days=found.from_days, to_days=found.to_days, share=float(SHARE), cases=found.cases
            )
    return shown


def _follow_up(header: ApplicationHeader, reader: Reader) -> FollowUpSummary:
    return FollowUpSummary(
        number=header.number,
        service=header.service,
        service_label=text("services", header.service, reader.language),
        status=header.status,
        status_label=text("statuses", header.status, reader.language),
        submitted_at=rfc3339(header.submitted_at),
        allowed_actions=offers.of_application(header, reader.account.party, reader.today, reader.language),
    )
