"""Pillow at arm's length: opening, pixels of a checked image, and an image of pixels."""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import PIL.Image
import PIL.ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from vilomem_core.images.content import Format, recognise
from vilomem_core.images.problem import ImageProblem
from vilomem_core.types import Image

# The classes themselves read only the header; PIL.Image.open would add a bomb check with a process-wide limit of its own,
# and would try decoders that the content does not call for.
OPENERS: Final[dict[Format, type[PIL.ImageFile.ImageFile]]] = {
    Format.PNG: PngImageFile,
    Format.JPEG: JpegImageFile,
    Format.GIF: GifImageFile,
    Format.WEBP: WebPImageFile,
    Format.BMP: BmpImageFile,
    Format.TIFF: TiffImageFile,
}
# What Pillow raises on damaged files, found by mutating real ones (tests do it again).
DAMAGE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
    PIL.Image.DecompressionBombError,
)
_pillow = threading.RLock()


@contextmanager
def strict_pillow() -> Iterator[None]:
    """Pillow without warnings and without its process-wide permission to accept cut files, which other libraries may have set."""
    with _pillow, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        allowed = PIL.ImageFile.LOAD_TRUNCATED_IMAGES
        PIL.ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            PIL.ImageFile.LOAD_TRUNCATED_IMAGES = allowed


def open_header(data: bytes, found: Format) -> PIL.ImageFile.ImageFile:
    """A Pillow image of which only the header is read. Raises one of ``DAMAGE``."""
    return OPENERS[found](io.BytesIO(data))


def to_rgb(picture: PIL.Image.Image) -> PIL.Image.Image:
    """u8[height, width, 3]; transparent parts are put on white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layers = picture.convert("RGBA")
    white = PIL.Image.new("RGBA", layers.size, "white")
    return PIL.Image.alpha_composite(white, layers).convert("RGB")


def decode(image: Image) -> PIL.Image.Image:
    """The pixels of an image that ``load_image`` or ``encode`` made, as an RGB picture. Raises ``ImageProblem`` for other bytes."""
    try:
        with strict_pillow():
            return to_rgb(open_header(image.data, recognise(image.data)))
    except DAMAGE as exc:
        raise ImageProblem("image_truncated", f"an image of {len(image.data)} bytes cannot be decoded") from exc


def encode(picture: PIL.Image.Image) -> Image:
    """An image of the pixels of ``picture`` as PNG, without its metadata (a profile or key colour of the source would mislead)."""
    bare = to_rgb(picture).copy()
    bare.info.clear()
    buffer = io.BytesIO()
    bare.save(buffer, "PNG")
    return image_of(buffer.getvalue(), "image/png", bare.width, bare.height)


def image_of(data: bytes, media_type: str, width: int, height: int) -> Image:
    return Image(hashlib.sha256(data).hexdigest(), media_type, width, height, data)
