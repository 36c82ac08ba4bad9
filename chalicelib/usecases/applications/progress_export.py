"""导出至Excel: the progress of all persons of an application as a workbook (docs/domain.md 10.3)."""

from chalicelib.repos.accounts import quotas
from chalicelib.repos.applications import applications
from chalicelib.repos.files import workbook
from chalicelib.repos.process import outcomes
from chalicelib.repos.table import table
from chalicelib.rules.accounts.acts import Act
from chalicelib.rules.accounts.quotas import EXPORTS
from chalicelib.rules.applications import progress
from chalicelib.rules.base import numbers
from chalicelib.rules.base.china_time import china_day
from chalicelib.usecases.applications import exports
from chalicelib.usecases.applications.exports import Export
from chalicelib.usecases.remember import Remember


def export(number: str, act: Act, remember: Remember[Export]) -> Export:
    """Export what the progress page shows (D08), under the file name of D09.

    Raises:
        NotFound: no application that the actor may see.
        QuotaUsedUp: the account has exported too much today.
        OperationInvalid: the economies are not asked about any of its persons yet.
    """
    application = applications.get(number, act.actor)
    rows = progress.overview(application, china_day(act.at))
    content = workbook.sheet("人员申请进度", progress.COLUMNS, [row.cells() for row in rows])
    filename = numbers.progress_filename(application.header.number, act.at)
    exported = exports.store(application.header.enterprise_id, filename, content, act.at)
    with outcomes.unseen_by_users():
        table.commit(*remember(exported), quotas.quota_used(act.actor.id, EXPORTS, act.at))
    return exported
