"""Names of the fields and kinds of attachments that officers name in returns."""

from chalicelib import data
from chalicelib.data import texts


def field_name(field: str, language: str = "zh") -> str:
    """The name of a field or of a kind of attachment, in `zh` or `en`; a word of its own for returns without one."""
    kind = data.attachment_kinds().get(field)
    if kind:
        return kind.label(language)
    if texts.has("correction_fields", field):
        return texts.text("correction_fields", field, language)
    return texts.field_title(field, language, "content")
