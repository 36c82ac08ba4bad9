"""签名回执: signs what the newest submission or decision was (docs/decisions/0085)."""

from chalicelib.repos.applications import history
from chalicelib.repos.keys import signatures
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.applications import contents, receipts
from chalicelib.rules.applications.applications import Application
from chalicelib.rules.applications.letters import LetterKind, Values
from chalicelib.rules.base.errors import OperationInvalid


def signed(application: Application, kind: LetterKind, act: Act) -> Values:
    """What a receipt prints, with its signature.

    Raises:
        OperationInvalid: there is no such act in the history.
        Unavailable: KMS does not answer.
    """
    header = application.header
    entry = history.newest_of(header.number, receipts.ACTS[kind], act.actor.party)
    if entry is None:
        raise OperationInvalid(header.current)
    made = receipts.receipt(entry, contents.correctable(application), act.at)
    signature = signatures.jws(made.claims, receipts.TYPE)
    return receipts.values(made, signature, signatures.public_key()["kid"])
