"""Request bodies of officers about enterprises: opening, searching, contacts in clear, corrections."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticKnownError

from chalicelib.rules.base import limits
from chalicelib.rules.forms.accounts import EnterpriseProfile
from chalicelib.rules.forms.fields import Email, Phone, Uscc, paragraphs, person_name, text
from chalicelib.rules.forms.form import Cursor, Form, Limit
from chalicelib.rules.values import names


class ProvisionForm(EnterpriseProfile):
    """An enterprise that cannot scan; the 领事司 opens its account (docs/domain.md 5.3)."""

    name: text(2, limits.ENTERPRISE_NAME)  # type: ignore[valid-type]
    uscc: Uscc
    legal_representative: person_name(2, limits.REPRESENTATIVE_NAME)  # type: ignore[valid-type]
    email: Email
    phone: Phone


def _searched(value: str | None) -> str | None:
    """A part of a name or of a USCC, or nothing: one character would find half of the country."""
    if value and len(names.comparable(value)) < SEARCHED_LEAST:
        raise PydanticKnownError("string_too_short", {"min_length": SEARCHED_LEAST})
    return value


SEARCHED_LEAST = 2
"""Characters of a name or a USCC that a search gives at least."""


class EnterpriseSearch(Form):
    """Search of enterprises by any part of the name, or by the beginning of the USCC."""

    titles: ClassVar[str] = "enterprise"

    name: (
        Annotated[
            str,
            StringConstraints(strip_whitespace=True, max_length=limits.ENTERPRISE_NAME),
            AfterValidator(_searched),
        ]
        | None
    ) = None
    uscc: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40), AfterValidator(_searched)] | None = (
        None
    )
    limit: Limit = limits.PAGE_DEFAULT
    cursor: Cursor | None = None


class ContactReveal(Form):
    """The reason for which contacts are shown in clear; it is recorded."""

    reason: paragraphs(2, 200)  # type: ignore[valid-type]


class AddressCorrection(Form):
    """Another address for the account of an enterprise; proof is required once the account has a password."""

    titles: ClassVar[str] = "enterprise"

    email: Email
    proof: Literal["official_letter", "business_licence", "in_person"] | None = None
    """What the enterprise has shown to prove that it asks for the change."""
    reason: paragraphs(2, 200)  # type: ignore[valid-type]


class ElementsCorrection(Form):
    """Name and legal representative as they are on the licence of an enterprise that cannot scan it."""

    titles: ClassVar[str] = "enterprise"

    name: text(2, limits.ENTERPRISE_NAME)  # type: ignore[valid-type]
    legal_representative: person_name(2, limits.REPRESENTATIVE_NAME)  # type: ignore[valid-type]
    reason: paragraphs(2, 200)  # type: ignore[valid-type]
