"""企业三要素: what the licence says of an enterprise, and what is stored of it."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from chalicelib.rules.values import codes


class LicenceElements(BaseModel):
    """企业三要素: name, USCC and legal representative; read-only, renewed only by a new scan (A05)."""

    model_config = ConfigDict(defer_build=True, frozen=True, hide_input_in_errors=True)

    name: str
    uscc: Annotated[str, BeforeValidator(lambda value: codes.compact(value) if isinstance(value, str) else value)]
    """Compact: two spellings are one enterprise, whichever the platform sends."""
    legal_representative: str
