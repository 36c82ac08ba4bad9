"""企业: the three licence elements and the profile of each enterprise."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import claims, enterprise_names, suppressions
from chalicelib.repos.accounts.claims import UniqueClaim
from chalicelib.repos.accounts.enterprise_names import Place
from chalicelib.repos.keys import sealing
from chalicelib.repos.process import aws, ids
from chalicelib.repos.table import table
from chalicelib.repos.table.reading_on import ReadOn, read_on
from chalicelib.repos.table.table import Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.accounts.licence_elements import LicenceElements
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import ContentChanged, FieldError, NotFound
from chalicelib.rules.base.vocabulary import AccountId, EnterpriseId, Role

LIST = "ENTERPRISES"
"""Partition of the work queue index that lists all enterprises by name."""

PRIVATE = ("legal_representative", "phone")
"""Attributes with personal data; they are stored encrypted."""

type IsShown = Callable[["Enterprise"], bool]
"""Whether the reader of a list may see an enterprise."""

PROFILE = ("phone", "region_code", "address", "kind", "industry", "staff_count")
"""Attributes that the enterprise may change by itself (A07, A08)."""

USCC_TAKEN = FieldError("uscc", "TAKEN")
"""Another enterprise has the USCC."""


@dataclass(frozen=True)
class Enterprise:
    """企业: the licence elements, the profile and the enterprise's own account."""

    id: EnterpriseId
    elements: LicenceElements
    account_id: AccountId
    profile: Mapping[str, Any]
    version: int
    created_at: datetime
    is_scanned: bool = False
    """Whether its licence was ever scanned: a registration, or a renewal of an account that officers have opened."""


def key(enterprise_id: str) -> table.Key:
    """Primary key of an enterprise."""
    return f"ENT#{enterprise_id}", "PROFILE"


def get(enterprise_id: EnterpriseId) -> Enterprise:
    """The enterprise of this id.

    Raises:
        NotFound: there is none.
    """
    item = table.get(key(enterprise_id))
    if item is None:
        raise NotFound
    return from_item(item)


def find_by_uscc(uscc: str) -> Enterprise | None:
    """The enterprise of a USCC, or None."""
    target = claims.to_login_target(table.get(claims.claim_key(claims.USCC, uscc)))
    return get(EnterpriseId(target.partition_owner)) if target else None


def from_item(item: table.Item) -> Enterprise:
    """The enterprise of an item."""
    clear = item | sealing.unseal_fields({name: item.get(name) for name in PRIVATE}, _context(item["id"]))
    return Enterprise(
        id=EnterpriseId(item["id"]),
        elements=LicenceElements(**{name: clear[name] for name in LicenceElements.model_fields}),
        account_id=AccountId(item["account_id"]),
        profile={name: clear.get(name) for name in PROFILE},
        version=item["version"],
        created_at=parse_time(item["created_at"]),
        is_scanned=bool(item.get("consent") or item.get("scanned")),
    )


def new_enterprise(
    elements: LicenceElements, email: str, profile: Mapping[str, Any], now: datetime, password_hash: str = ""
) -> tuple[Enterprise, Account]:
    """A new enterprise and its own account, which has the same id; nothing is written.

    Args:
        elements: the licence elements.
        email: address and login name of the account.
        profile: has at least the attributes named in `PROFILE`.
        now: the time of creation.
        password_hash: empty if the first password is set by a recovery.
    """
    enterprise_id = EnterpriseId(ids.new())
    account = Account(
        id=AccountId(enterprise_id),
        role=Role.ENTERPRISE,
        login=email,
        display_name=elements.name,
        email=email,
        mail_status=suppressions.status_of(email),
        enterprise_id=enterprise_id,
        created_at=now,
        password_hash=password_hash,
        password_set_at=now if password_hash else None,
    )
    own = {name: profile[name] for name in PROFILE}
    return Enterprise(enterprise_id, elements, account.id, own, 1, now), account


def enterprise_created(
    enterprise: Enterprise, consent: Mapping[str, str] | None = None, taken: FieldError = USCC_TAKEN
) -> list[Write]:
    """Create an enterprise and claim its USCC.

    The transaction raises `AlreadyExists` with `taken` if another enterprise has the USCC.

    Args:
        enterprise: the new enterprise.
        consent: version and time of the accepted terms.
        taken: the error to report for a USCC that is taken.
    """
    item = {
        "pk": f"ENT#{enterprise.id}",
        "sk": "PROFILE",
        "kind": "enterprise",
        "id": enterprise.id,
        **sealing.seal_fields(
            enterprise.elements.model_dump() | dict(enterprise.profile), PRIVATE, _context(enterprise.id)
        ),
        "account_id": enterprise.account_id,
        "version": enterprise.version,
        "created_at": rfc3339(enterprise.created_at),
        "consent": dict(consent) if consent else None,
        **_listed(enterprise.id, enterprise.elements.name),
    }
    claim = UniqueClaim(claims.USCC, enterprise.elements.uscc, enterprise.id, enterprise.account_id)
    return [
        table.put(item),
        claims.claimed(claim, taken),
        *enterprise_names.listed(enterprise.id, enterprise.elements.name),
        enterprise_names.code_listed(enterprise.id, enterprise.elements.uscc),
    ]


def enterprise_changed(enterprise: Enterprise, **assign: Any) -> list[Write]:
    """Change attributes of an enterprise, provided that it is unchanged since it was read.

    The transaction raises `ContentChanged` if it was changed and `NotFound` if it was deleted.

    Args:
        enterprise: the enterprise as it was read.
        assign: attributes and their new values, in clear; None removes an attribute.
    """
    name = assign.get("name", enterprise.elements.name)
    renamed = name != enterprise.elements.name
    if "name" in assign:
        assign |= _listed(enterprise.id, name)
    changed = table.change(
        key(enterprise.id),
        assign={
            **sealing.seal_fields(assign, PRIVATE, _context(enterprise.id)),
            "version": enterprise.version + 1,
        },
        condition="#version = :seen",
        values={"seen": enterprise.version},
        refusal=lambda old: ContentChanged() if old else NotFound(),
    )
    return [changed, *(enterprise_names.listed(enterprise.id, name) if renamed else ())]


def with_profile(enterprise: Enterprise, changes: Mapping[str, Any]) -> Enterprise:
    """The enterprise after a change of its profile."""
    return replace(enterprise, profile={**enterprise.profile, **changes}, version=enterprise.version + 1)


def with_elements(enterprise: Enterprise, elements: LicenceElements) -> Enterprise:
    """The enterprise after a renewal of its licence elements."""
    return replace(enterprise, elements=elements, version=enterprise.version + 1)


def page_by_name(limit: int, start: Place, is_shown: IsShown) -> ReadOn[Enterprise, dict[str, Any]]:
    """All enterprises, in the order of their names."""

    def read(place: Place) -> tuple[list[Enterprise], Place]:
        page = table.query(LIST, index="work_queue", limit=limit, start=place)
        ids = [EnterpriseId(item["pk"].removeprefix("ENT#")) for item in page.items]
        return _shown(_read(ids), is_shown), page.next_key

    return read_on(read, start)


def page_by_part(part: str, limit: int, start: Place, is_shown: IsShown) -> ReadOn[Enterprise, dict[str, Any]]:
    """Enterprises whose present name contains a searchable part, each once, in the order of what follows it.

    Args:
        part: of two characters or more.
        limit: entries of the list that one request reads.
        start: where the page starts.
        is_shown: which of them the reader may see.
    """

    def read(place: Place) -> tuple[list[Enterprise], Place]:
        found, next_place = enterprise_names.page_of_names(part, limit, place)
        # A name can have the part twice, and entries of earlier names remain: one of them counts.
        known = _read(dict.fromkeys(enterprise_id for enterprise_id, _ in found))
        first = [one for one in known if (one.id, enterprise_names.first_key(one.id, one.elements.name, part)) in found]
        return _shown(first, is_shown), next_place

    return read_on(read, start)


def page_by_code(beginning: str, limit: int, start: Place, is_shown: IsShown) -> ReadOn[Enterprise, dict[str, Any]]:
    """Enterprises whose USCC begins so, in the order of their USCCs; arguments as those of `page_by_part`."""

    def read(place: Place) -> tuple[list[Enterprise], Place]:
        ids, next_place = enterprise_names.page_of_codes(beginning, limit, place)
        return _shown(_read(ids), is_shown), next_place

    return read_on(read, start)


def _read(ids: Iterable[EnterpriseId]) -> list[Enterprise]:
    keys = [key(enterprise_id) for enterprise_id in ids]
    found = table.get_many(keys)
    return [from_item(found[primary_key]) for primary_key in keys if primary_key in found]


def _shown(found: list[Enterprise], is_shown: IsShown) -> list[Enterprise]:
    seen = aws.side_by_side(is_shown, found)
    return [enterprise for enterprise, may_see in zip(found, seen, strict=True) if may_see]


def _context(enterprise_id: str) -> str:
    return "#".join(key(enterprise_id))


def _listed(enterprise_id: str, name: str) -> dict[str, str]:
    """Index key of the list by name; `limits.ENTERPRISE_NAME` keeps it within the 1,024 bytes of a sort key."""
    return {"queue_pk": LIST, "queue_sk": f"{name}#{enterprise_id}"}
