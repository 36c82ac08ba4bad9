"""The form of an officer's account."""

from chalicelib import data
from chalicelib.rules.base.errors import invalid
from chalicelib.rules.base.vocabulary import OfficeCode
from chalicelib.rules.forms.fields import Email, Username, text
from chalicelib.rules.forms.form import Form


class OfficerForm(Form):
    """An officer of a 外办 or the 领事司, as the operators enter it."""

    office: str
    username: Username
    name: text(2, 50)  # type: ignore[valid-type]
    email: Email

    def office_code(self) -> OfficeCode:
        """The code of the office.

        Raises:
            Invalid: There is no such office.

        """
        if self.office not in data.offices():
            raise invalid("office", "OFFICE")
        return OfficeCode(self.office)
