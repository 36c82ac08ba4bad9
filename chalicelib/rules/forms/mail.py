"""Request bodies about mail."""

from chalicelib.rules.forms.fields import Email, Identifier, paragraphs
from chalicelib.rules.forms.form import Form


class SuppressionLift(Form):
    """The address that receives mail again, by its id in the list or as it is written, and why."""

    suppression_id: Identifier | None = None
    email: Email | None = None
    reason: paragraphs(2, 200)  # type: ignore[valid-type]
