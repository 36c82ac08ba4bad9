"""两步验证: the second step of an officer's sign-in (docs/domain.md 5.4)."""

from pydantic import BaseModel

from chalicelib.handlers.accounts import qr
from chalicelib.handlers.http.access import Access
from chalicelib.handlers.http.routing import Call, Routes
from chalicelib.rules.forms.accounts import SecondFactorConfirmation, SecondFactorStart
from chalicelib.usecases.accounts import second_factor

routes = Routes(__name__)


class SecondFactorState(BaseModel):
    """What an officer has set up."""

    set: bool
    required: bool
    """Whether officers of this deployment must set it up before anything else."""
    recovery_codes_left: int


class SecondFactorSecret(BaseModel):
    """A new secret for an authenticator app; no other reply contains it."""

    secret: str
    """Base32, to be typed where no camera reads the QR code."""
    qr_svg: str


class RecoveryCodes(BaseModel):
    """Codes that replace the app, each once; no other reply contains them."""

    recovery_codes: list[str]


@routes.add("GET", "/me/second-factor", Access.OFFICERS, reply=SecondFactorState, for_credentials=True)
def state(call: Call) -> SecondFactorState:
    """Show whether a second step is set up and required."""
    found = second_factor.overview(call.viewer)
    return SecondFactorState(
        set=found.is_set, required=found.is_required, recovery_codes_left=found.recovery_codes_left
    )


@routes.add(
    "PUT",
    "/me/second-factor",
    Access.OFFICERS,
    body=SecondFactorStart,
    reply=SecondFactorSecret,
    for_credentials=True,
)
def start(call: Call) -> SecondFactorSecret:
    """Make a new secret, which a code must confirm; the one in use stays valid until then."""
    made = second_factor.start(call.act, call.body, call.address)
    return SecondFactorSecret(secret=made.secret, qr_svg=qr.svg(made.uri))


@routes.add(
    "PUT",
    "/me/second-factor/confirmation",
    Access.OFFICERS,
    body=SecondFactorConfirmation,
    reply=RecoveryCodes,
    for_credentials=True,
)
def confirm(call: Call) -> RecoveryCodes:
    """Use the new secret from now on; other sessions end, and the reply has the new recovery codes."""
    codes = second_factor.confirm(call.act, call.body, call.own_session)
    return RecoveryCodes(recovery_codes=list(codes))
