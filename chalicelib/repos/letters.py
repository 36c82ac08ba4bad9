"""How a mail looks: the same words as plain text and as HTML, with a link to the application and the notice 非官方."""

import functools
from typing import TYPE_CHECKING

from chalicelib.config import settings
from chalicelib.data.texts import text
from chalicelib.repos.mailer import Letter

if TYPE_CHECKING:
    from jinja2 import Template

HTML = """<!doctype html>
<html lang="zh-CN"><body style="font-family: sans-serif; line-height: 1.6">
{% for line in body.splitlines() %}<p>{{ line }}</p>
{% endfor %}{% if link %}<p><a href="{{ link }}">{{ link }}</a></p>
{% endif %}<hr><p style="color: #666; font-size: 90%">{{ footer }}</p>
</body></html>
"""


@functools.cache
def _template() -> "Template":
    from jinja2 import Environment  # imported late: only the relay words mails

    return Environment(autoescape=True).from_string(HTML)


def compose(to: str, subject: str, body: str, number: str | None) -> Letter:
    """A letter in both forms; `number` is the application the link leads to."""
    page = "persons" if number and "-" in number else "applications"
    link = f"{settings().web_origin}/{page}/{number}" if number else None
    footer = text("mail", "footer.text")
    plain = "\n\n".join(part for part in (body, link, footer) if part)
    return Letter(to, subject, plain, _template().render(body=body, link=link, footer=footer))
