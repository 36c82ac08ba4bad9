"""QR codes as SVG pictures."""

import io


def svg(content: str) -> str:
    """The QR code of a text, as an SVG document."""
    import qrcode  # imported late: few routes draw
    from qrcode.image.svg import SvgPathImage

    buffer = io.BytesIO()
    qrcode.make(content, image_factory=SvgPathImage, box_size=10).save(buffer)
    return buffer.getvalue().decode()
