"""Made-up pictures of documents, readable and of the sizes that their kinds ask for."""

import io
import itertools

from PIL import Image, ImageDraw

from testing.running import Client
from testing.steps import checklist, upload

SIZES = {"photo": (413, 567), "signature": (400, 150), "passport_page": (800, 560)}
PAGE = (600, 840)
_tints = itertools.count(1)


def picture(kind: str) -> bytes:
    """A made-up picture of a document, readable and of the size that its kind asks for; no two are equal."""
    width, height = SIZES.get(kind, PAGE)
    image = Image.new("RGB", (width, height), (235, 238, 240 - next(_tints) % 40))
    pen = ImageDraw.Draw(image)
    pen.rectangle((8, 8, width - 8, height - 8), outline=(60, 80, 100), width=3)
    pen.ellipse((width // 3, height // 6, 2 * width // 3, height // 2), fill=(150, 160, 170))
    for line in range(height // 2 + 30, height - 30, 40):
        pen.line((width // 6, line, 5 * width // 6, line), fill=(60, 80, 100), width=4)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


def pictures(client: Client, office: str, level: str) -> list[str]:
    """Ids of one uploaded picture of every kind that the office requires of a person or of a group."""
    found = []
    for kind in checklist(client, office, level):
        file = picture(kind)
        attachment_id, answer = upload(client, kind, file, filename=f"{kind}.jpg")
        assert answer.status_code == 204, answer.text
        found.append(attachment_id)
    return found
