"""Statuses and services as plain conditions, independent of the lifecycle table (docs/domain.md 1.3, 1.4, 2.6)."""

from dataclasses import dataclass, field

CODES = ("AUS", "BRN", "CHL", "IDN", "JPN", "KOR", "MYS", "MEX", "NZL", "PNG", "PER", "PHL", "RUS", "SGP", "THA", "VNM")
SERVICES = ("early_card", "replace_card", "change_passport", "cancel_card")
UNDER_REVIEW = ("FAO_REVIEW", "FAO_RETURNED", "CONSULAR_REVIEW", "CONSULAR_RETURNED")
ENDS_WITH = {
    "WITHDRAWN": UNDER_REVIEW,
    "CONSULAR_REJECTED": UNDER_REVIEW,
    "FAO_REJECTED": ("FAO_REVIEW", "FAO_RETURNED"),
}
AT_ECONOMIES = ("ECONOMY_REVIEW", "ECONOMY_DONE", "CARD_MAKING", "CARD_MADE", "CARD_ISSUED")
OVER = ("FAO_REJECTED", "CONSULAR_REJECTED", "WITHDRAWN")
STEPS = {"making": ("CONSULAR_APPROVED", "CARD_MAKING"), "made": ("CARD_MAKING", "CARD_MADE")}
STEPS["issued"] = ("CARD_MADE", "CARD_ISSUED")


@dataclass
class ApplicationModel:
    """An application, by the rules of docs/domain.md 1.3."""

    service: str
    person: int = -1
    status: str = "FAO_REVIEW"
    version: int = 1
    passport: tuple[str, str] | None = None

    @property
    def over(self) -> bool:
        """Whether the application is closed."""
        ends = {"new_or_renewal": "CONSULAR_APPROVED", "early_card": "CARD_ISSUED", "replace_card": "CARD_ISSUED"}
        return self.status in (*OVER, ends.get(self.service, "DONE"))

    def after(self, who: str, action: str) -> str | None:
        """The status after an action, None where the action is not allowed."""
        if who == "applicant" and action == "withdraw":
            return "WITHDRAWN" if self.status in ("FAO_REVIEW", "FAO_RETURNED", "CONSULAR_RETURNED") else None
        if (who, action) == ("consular", "reject") and self.status in ("CONSULAR_APPROVED", "CARD_MAKING"):
            return "CONSULAR_REJECTED" if self.service in ("early_card", "replace_card") else None
        to = reviewed(self.status, who, action)
        if to == "APPROVED":
            return "DONE" if self.service in ("change_passport", "cancel_card") else "CONSULAR_APPROVED"
        return to


@dataclass
class Traveller:
    """A person; `own` is None while it has the status of its application."""

    own: str | None = None
    version: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    passport: tuple[str, str] = ("", "")
    card: tuple[str, str] | None = None
    alive: bool = False
    issued: bool = False
    early: bool = False
    """Whether its card was made while an economy was pending."""
    early_used: bool = False
    expiry_recorded: bool = False
    """Whether the expiry of the card is stored."""
    busy: int | None = None
    applied: int = 0
    """How many follow-up applications there have been; 20 are the most."""

    @property
    def ends_on(self) -> str:
        """The last day of its card."""
        assert self.card is not None
        return self.card[1]

    def become(self, status: str) -> None:
        """Change to a status of its own."""
        self.own, self.version = status, self.version + 1

    def at(self, today: str) -> str | None:
        """The status on a day; a card past its last day counts as expired before that is stored."""
        return "EXPIRED" if self.own in ("CARD_MADE", "CARD_ISSUED") and self.ends_on < today else self.own

    def can_be_closed(self, today: str) -> bool:
        """Whether all economies have decided and none has approved, and no card or service is left (7.2)."""
        usable = self.alive and self.ends_on >= today
        return (
            self.own == "ECONOMY_DONE" and self.busy is None and not usable and "approved" not in self.answers.values()
        )

    def services(self, today: str) -> set[str]:
        """The available services (可申请业务, docs/domain.md 2.6)."""
        if self.own in (None, "REFUSED") or self.busy is not None or self.applied == 20:
            return set()
        if self.alive:
            if self.own == "EXPIRED" or self.ends_on < today:
                return {"cancel_card"}
            holds = ("ECONOMY_REVIEW", "ECONOMY_DONE", "CARD_MADE", "CARD_ISSUED")
            return {"replace_card", "cancel_card"} if self.own in holds else set()
        if self.own not in ("ECONOMY_REVIEW", "ECONOMY_DONE"):
            return set()
        early = self.own == "ECONOMY_REVIEW" and "approved" in self.answers.values() and not self.early_used
        return {"change_passport", "early_card"} if early else {"change_passport"}


def reviewed(status: str, who: str, action: str) -> str | None:
    """The status after a review or a resubmission, for applications and persons."""
    desk = {"fao": "FAO", "consular": "CONSULAR"}.get(who)
    if desk and status == f"{desk}_REVIEW":
        passed = "CONSULAR_REVIEW" if desk == "FAO" else "APPROVED"
        return {"pass": passed, "return": f"{desk}_RETURNED", "reject": f"{desk}_REJECTED"}.get(action)
    if desk and (status, action) == (f"{desk}_REJECTED", "reopen"):
        return f"{desk}_REVIEW"
    if who == "applicant" and status in ("FAO_RETURNED", "CONSULAR_RETURNED") and action == "resubmit":
        return status.replace("RETURNED", "REVIEW")
    return None
