"""The content at the last return, kept sealed beside the application by the first edit after it."""

from collections.abc import Callable

from chalicelib.repos.applications import applications
from chalicelib.repos.applications import indexes as keys
from chalicelib.repos.keys import sealing
from chalicelib.repos.table import table
from chalicelib.repos.table.table import Item, Key, Write
from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications.applications import Application, ApplicationHeader
from chalicelib.rules.applications.changes import ReturnedContent
from chalicelib.rules.base.china_time import parse_time, rfc3339
from chalicelib.rules.base.errors import NotFound
from chalicelib.rules.base.numbers import is_application_number, is_person_number, split_person_number
from chalicelib.rules.base.vocabulary import ApplicationNumber, PersonNumber

KIND = "returned content"
_PREFIX = "RETURNED#"


def key(number: ApplicationNumber | PersonNumber) -> Key:
    """Primary key of the copy of an application, or of a person that was returned apart."""
    if is_person_number(number):
        application, position = split_person_number(PersonNumber(number))
        return keys.partition(application), f"{_PREFIX}PERSON#{position}"
    return keys.partition(number), f"{_PREFIX}HEADER"


def get(number: ApplicationNumber | PersonNumber) -> ReturnedContent | None:
    """The copy of an application or a person; None if there is none."""
    item = table.get(key(number))
    return to_returned(item) if item else None


def application_with_copies(number: str, viewer: Account) -> tuple[Application, list[ReturnedContent]]:
    """An application with all its persons, and the copies of both, in one request.

    Raises:
        NotFound: there is no such application, or the viewer may not see it.
    """
    if not is_application_number(number):
        raise NotFound
    found = table.query_all(keys.partition(number))
    application = applications.of_items(found, viewer)
    return application, [to_returned(item) for item in found if item["sk"].startswith(_PREFIX)]


def content_kept(kept: ReturnedContent | None, header: ApplicationHeader) -> list[Write]:
    """Keep a copy in the transaction of the edit, in place of that of an earlier return; nothing for None."""
    if kept is None:
        return []
    pk, sk = key(kept.of)
    item = {
        "pk": pk,
        "sk": sk,
        "kind": KIND,
        "of": kept.of,
        "returned_at": rfc3339(kept.at),
        "enterprise_id": header.enterprise_id,
        "content": _sealed(kept, pk, sk),
    }
    return [table.put(item)]


def copy_replaced(item: Item, by: ReturnedContent, refusal: Callable[[Item | None], Exception]) -> Write:
    """Replace the contents of a stored copy, if it is still as it was read."""
    pk, sk = item["pk"], item["sk"]
    return table.replace(item | {"content": _sealed(by, pk, sk)}, {"content": item["content"]}, refusal)


def _sealed(kept: ReturnedContent, pk: str, sk: str) -> bytes:
    return sealing.seal_json({"content": kept.content, "persons": kept.persons}, f"{pk}#{sk}#content")


def to_returned(item: Item) -> ReturnedContent:
    """The copy of an item."""
    values = sealing.unseal_json(item["content"], f"{item['pk']}#{item['sk']}#content")
    return ReturnedContent(item["of"], parse_time(item["returned_at"]), values["content"], values["persons"])
