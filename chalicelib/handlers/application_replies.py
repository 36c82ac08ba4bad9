"""Replies about applications, persons and history, as a reader may see them: personal numbers are masked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib import data
from chalicelib.data.texts import has, text
from chalicelib.handlers import history_replies
from chalicelib.handlers.application_shapes import (
    ApplicationCard,
    ApplicationReply,
    Applications,
    CardReply,
    DestinationReply,
    EconomyReply,
    FollowUpSummary,
    ForecastReply,
    ForeignReply,
    HistoryReply,
    PersonCard,
    PersonReply,
)
from chalicelib.handlers.http.problems import problem_field
from chalicelib.handlers.http.routing import Call
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import cards, progress, transitions
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
from chalicelib.rules.base.china_time import china_day, rfc3339
from chalicelib.rules.base.errors import FieldError
from chalicelib.rules.base.vocabulary import Decision, Party, Service
from chalicelib.rules.forms.content import MASKED
from chalicelib.usecases.applications.history import History
from chalicelib.usecases.applications.search import Listing

FOREIGN_QUERY_URL = "https://www.abtc-aps.org/abtc-core/status/check.html"
"""外方审核查询网址 (D02)."""


@dataclass(frozen=True)
class Reader:
    """Who reads, when, and in which language: allowed actions, expired cards and texts depend on it."""

    account: Account
    now: datetime
    language: str

    @classmethod
    def of(cls, call: Call) -> "Reader":
        """The account that sent this request."""
        return cls(call.viewer, call.now, call.language)

    @property
    def today(self) -> date:
        """The calendar day in China."""
        return china_day(self.now)


def person_card(person: Person, header: ApplicationHeader, reader: Reader) -> PersonCard:
    """One person as lists show it (L13)."""
    return PersonCard(**_person_card(person, header, reader))


def _person_card(person: Person, header: ApplicationHeader, reader: Reader) -> dict[str, Any]:
    hidden, masked = masks.mask({"passport_number": person.content["passport_number"]}, ("passport_number",))
    status = status_of(person, header, reader.today)
    return {
        "number": person.number,
        "name": person.content["name"],
        "title": person.content["title"],
        **hidden,
        "status": status,
        "status_label": text("statuses", status, reader.language),
        "status_since": rfc3339(status_since_of(person, header, reader.today)),
        "status_version": status_version_of(person, header),
        "submitted_at": rfc3339(header.submitted_at),
        "available_services": available_services(person, reader.today),
        "open_service": person.open_service,
        "open_service_label": _service_label(person.open_service_kind, reader.language),
        "card_valid_until": person.card.valid_until if person.card else None,
        "masked": masked,
    }


def _service_label(service: Service | None, language: str) -> str | None:
    return text("services", service, language) if service else None


def _subject_card(header: ApplicationHeader, reader: Reader) -> PersonCard:
    """The person of a follow-up application, as it was when the service was applied for."""
    content = header.content
    hidden, masked = masks.mask({"passport_number": content["current_passport_number"]}, ("passport_number",))
    return PersonCard(
        number=content["person_number"],
        name=content["person_name"],
        title=content["title"],
        **hidden,
        status=header.status,
        status_label=text("statuses", header.status, reader.language),
        status_since=rfc3339(header.status_since),
        status_version=header.status_version,
        submitted_at=rfc3339(header.submitted_at),
        available_services=[],
        open_service=None,
        open_service_label=None,
        card_valid_until=None,
        masked=masked,
    )


def application_card(application: Application, reader: Reader) -> ApplicationCard:
    """One application with its persons as lists show it (L12, L13)."""
    return ApplicationCard(**_application_card(application, reader))


def _application_card(application: Application, reader: Reader) -> dict[str, Any]:
    header = application.header
    party = reader.account.party
    persons = [person_card(person, header, reader) for person in application.persons]
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
        "allowed_actions": transitions.application_actions(header, party, reader.today),
        "progress_available": progress.is_available(application),
        "person_number": header.content.get("person_number"),
        "persons": persons if header.service is Service.NEW_OR_RENEWAL else [_subject_card(header, reader)],
    }


def applications(listing: Listing, reader: Reader) -> Applications:
    """One page of a list."""
    return Applications(
        items=[application_card(application, reader) for application in listing.applications],
        next_cursor=listing.next_cursor,
        partial=listing.partial,
    )


def application(
    shown: Application, reader: Reader, warnings: Iterable[FieldError] = (), past: History | None = None
) -> ApplicationReply:
    """One application in full.

    Args:
        shown: the application.
        reader: who reads.
        warnings: the warnings of its submission if it has just been submitted.
        past: the newest entries of its history; None in the reply of a change, which has its own entry only.
    """
    content, masked = masks.mask(shown.header.content, ("passport_number",))
    content.pop("current_passport_number", None)
    if shown.header.service is Service.NEW_OR_RENEWAL:
        content["persons"] = [masks.mask(person.content, MASKED)[0] for person in shown.persons]
        masked = [f"persons.{field}" for field in MASKED]
    return ApplicationReply(
        **_application_card(shown, reader),
        content=content,
        **history_replies.past(shown, past, reader.account, reader.language),
        masked=[f"content.{field}" for field in masked],
        warnings=[problem_field(warning, reader.language) for warning in warnings],
    )


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
    content, masked = masks.mask(found.content, MASKED)
    card = _person_card(found, shown.header, reader) | {"masked": sorted({*masked, "passport_number"})}
    asked = found.economies_since is not None
    return PersonReply(
        **card,
        application_number=shown.header.number,
        version=found.version,
        content=content,
        economies=_economies(found, reader),
        foreign=ForeignReply(query_url=FOREIGN_QUERY_URL, number=found.foreign_number) if asked else None,
        card=_card(found, reader),
        travel=_travel(found, reader),
        follow_ups=None if follow_ups is None else [_follow_up(follow_up, reader.language) for follow_up in follow_ups],
        allowed_actions=transitions.person_actions(found, shown.header, reader.account.party, reader.today),
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


def _follow_up(header: ApplicationHeader, language: str) -> FollowUpSummary:
    return FollowUpSummary(
        number=header.number,
        service=header.service,
        service_label=text("services", header.service, language),
        status=header.status,
        status_label=text("statuses", header.status, language),
        submitted_at=rfc3339(header.submitted_at),
    )


def _card(found: Person, reader: Reader) -> CardReply | None:
    card = found.card
    if card is None:
        return None
    masked = reader.account.party is Party.FAO
    return CardReply(
        number=masks.MASKS["previous_card_number"](card.number) if masked else card.number,
        valid_until=card.valid_until,
        early=card.early,
        issued=card.issued,
        cancelled=card.cancelled,
        expired=card.ended(reader.today),
        made_at=rfc3339(card.made_at) if card.made_at else None,
        issued_at=rfc3339(card.issued_at) if card.issued_at else None,
        printed=None if card.printed is None else list(card.printed),
    )


def _travel(found: Person, reader: Reader) -> list[DestinationReply]:
    return [
        DestinationReply(
            code=destination.code,
            name=data.economy(destination.code).label(reader.language),
            valid_until=destination.valid_until,
            printed=destination.printed,
        )
        for destination in cards.travel(found, reader.today)
    ]


def _economies(found: Person, reader: Reader) -> list[EconomyReply]:
    replies = []
    for economy in data.deciding_economies() if found.economies_since else ():
        answer = found.economies.get(economy.code)
        decision = progress.decision_of(found.economies, economy.code)
        replies.append(
            EconomyReply(
                code=economy.code,
                name=economy.label(reader.language),
                state="pending" if decision is Decision.PENDING else "decided",
                decision=decision,
                decision_label=text("decisions", decision, reader.language),
                decided_at=rfc3339(answer.decided_at) if answer else None,
                valid_until=answer.valid_until if answer else None,
                days_waited=progress.days_waited(found, economy.code, reader.now),
                forecast=None,
            )
        )
    return replies
