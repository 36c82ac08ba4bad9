"""批量导入人员: the empty workbook, and the persons of a filled-in one (docs/domain.md 10.3). Nothing is stored."""

from datetime import datetime
from typing import Any

from chalicelib.repos.accounts import quotas
from chalicelib.repos.files import bucket, uploaded_workbook, uploads, workbook
from chalicelib.repos.files.workbook import ColumnHelp
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import EXPORTS
from chalicelib.rules.applications import person_import
from chalicelib.rules.applications.person_import import RowError
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import EnterpriseId
from chalicelib.usecases.applications import exports
from chalicelib.usecases.applications.exports import Export

FILENAME = "人员导入模板.xlsx"
KIND = "persons_workbook"
"""The kind of attachment that is read as a workbook of persons."""


def export_template(act: Act) -> Export:
    """Make an empty workbook with one column for each field of a person, attachments excepted.

    Raises:
        QuotaUsedUp: the account has exported too much today.
    """
    aids = {
        place: ColumnHelp(person_import.choices(name), person_import.note(name))
        for place, name in enumerate(person_import.COLUMNS, start=1)
        if person_import.choices(name) or person_import.note(name)
    }
    content = workbook.template("人员", person_import.headers(), aids=aids)
    table.update(quotas.quota_used(act.actor.id, EXPORTS, act.at))
    return exports.store(act.tenant, FILENAME, content, act.at)


def read(attachment_id: str, enterprise_id: EnterpriseId, now: datetime) -> tuple[list[dict[str, Any]], list[RowError]]:
    """Read an uploaded workbook of persons.

    Returns:
        Persons as a draft takes them, and every cell that a submission would refuse.

    Raises:
        Invalid: the attachment is not the enterprise's, is of another kind, was not uploaded, or is no workbook.
    """
    attachment = bucket.attachment(enterprise_id, attachment_id)
    if attachment is None or attachment.kind != KIND:
        raise invalid("attachment_id", "ATTACHMENT")
    rows = uploaded_workbook.rows(uploads.read_workbook(attachment))
    return person_import.read(rows, china_day(now))
