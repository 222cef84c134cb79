"""Bytes to the picture that models get, with everything that was changed on the way; its pixels; and a picture of pixels.

Pillow is used through its format classes alone, without its warnings and its process-wide settings.
"""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import PIL.Image
import PIL.ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from vilomem_core.errors import DataError
from vilomem_core.images.checks import Format, ImageProblem, check_bytes, check_size, ends_early, recognise, webp_size
from vilomem_core.settings.tree import ImageLimits
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
ORIENTATION = 0x0112  # EXIF 2.3, table 4: 1 is upright, 2 to 8 are the mirrored and turned ones
PHOTOMETRIC = 262  # TIFF 6.0: 0 means that white is zero
SENT_AS_THEY_ARE = {Format.PNG: "image/png", Format.JPEG: "image/jpeg", Format.WEBP: "image/webp"}
SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I;16N")
NO_KNOWN_SCALE = ("I", "F", "LAB")  # 32-bit pixels may mean anything; Pillow has no way from LAB to RGB
DEFAULT_LIMITS = ImageLimits()
UPRIGHT = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """One change that the picture needed: ``image_converted`` or ``image_animated``, and what was done."""

    kind: str
    reason: str


def load_image(data: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> tuple[Image, list[Conversion]]:
    """Check and decode ``data``; the original bytes are kept wherever every decoder would see the same pixels in them.

    Raises ``ImageProblem``. Size limits are judged from the header, before anything of that size is reserved.
    """
    check_bytes(len(data), limits)
    found = recognise(data)
    if found is Format.WEBP:
        check_size(*webp_size(data), limits)
    try:
        with strict_pillow():
            picture = open_header(data, found)
            check_size(*picture.size, limits)
            frames = int(getattr(picture, "n_frames", 1))
            picture.load()
            if found is Format.JPEG and ends_early(data, found):
                # libjpeg fills what is missing with grey, when the rest of the file was padded with zeros
                raise EOFError
            return _converted(picture, found, frames, data)
    except DAMAGE as exc:
        if ends_early(data, found) or "truncated" in str(exc):
            raise ImageProblem("image_truncated", f"the {found} file ends before the picture does") from exc
        raise ImageProblem("image_damaged", f"the {found} file cannot be decoded") from exc
    except MemoryError as exc:
        raise ImageProblem("image_too_large", f"no memory to decode this {found} file of {len(data):,} bytes") from exc


def read_image(path: str | Path, limits: ImageLimits = DEFAULT_LIMITS) -> Image:
    """``load_image`` of a file. Raises ``DataError``, naming the file."""
    try:
        return load_image(Path(path).read_bytes(), limits)[0]
    except OSError as exc:
        raise DataError(f"cannot read the image {path}: {exc.strerror}.") from exc
    except ImageProblem as exc:
        raise DataError(f"the image {path} cannot be used: {exc.reason}") from exc


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


def image_of(data: bytes, media_type: str, width: int, height: int) -> Image:
    return Image(hashlib.sha256(data).hexdigest(), media_type, width, height, data)


def _converted(picture: PIL.ImageFile.ImageFile, found: Format, frames: int, data: bytes) -> tuple[Image, list[Conversion]]:
    """``picture`` is loaded."""
    changes = []
    if frames > 1:
        changes.append(Conversion("image_animated", f"{frames} frames; the first frame is used"))
    plain, done = _eight_bit(picture)
    if plain.has_transparency_data and _see_through(plain):
        done.append("transparent parts put on white")
    orientation = _orientation(picture)
    if orientation in UPRIGHT:
        plain = plain.transpose(UPRIGHT[orientation])
        done.append(f"turned upright as its EXIF orientation {orientation} says")
    if found not in SENT_AS_THEY_ARE and not changes:
        done.append(f"{found} stored as PNG")
    if done:
        changes.append(Conversion("image_converted", "; ".join(done)))
    if changes:
        return encode(plain), changes
    return image_of(data, SENT_AS_THEY_ARE[found], picture.width, picture.height), []


def _eight_bit(picture: PIL.ImageFile.ImageFile) -> tuple[PIL.Image.Image, list[str]]:
    """A picture of a mode that converts to RGB without loss of meaning, and what was done for it."""
    if picture.mode in SIXTEEN_BIT:
        return _scaled_grey(picture), ["16-bit grey scaled to 8 bits"]
    if picture.mode in NO_KNOWN_SCALE:
        reason = f"pixels of kind {picture.mode} cannot be shown in a known way; save it as an 8-bit RGB picture"
        raise ImageProblem("image_format_unsupported", reason)
    if picture.mode in ("CMYK", "YCbCr", "HSV"):
        return picture.convert("RGB"), [f"{picture.mode} converted to RGB"]
    return picture, []


def _scaled_grey(picture: PIL.ImageFile.ImageFile) -> PIL.Image.Image:
    """65535 becomes 255 (Pillow's own conversion clips at 255); the key colour of a PNG, if any, becomes transparency."""
    levels = np.asarray(picture).astype(np.uint16)
    if getattr(picture, "tag_v2", {}).get(PHOTOMETRIC) == 0:
        levels = 65535 - levels
    grey = PIL.Image.fromarray(((levels.astype(np.uint32) + 128) // 257).astype(np.uint8))
    key = picture.info.get("transparency")
    if isinstance(key, int):
        grey.putalpha(PIL.Image.fromarray(np.where(levels == key, 0, 255).astype(np.uint8)))
    return grey


def _see_through(picture: PIL.Image.Image) -> bool:
    """Whether any pixel is not fully opaque."""
    return picture.convert("RGBA").getchannel("A").getextrema()[0] != 255


def _orientation(picture: PIL.ImageFile.ImageFile) -> int:
    """The EXIF orientation, 1 where there is none that can be read."""
    try:
        found = picture.getexif().get(ORIENTATION, 1)
    except DAMAGE:
        return 1  # broken metadata takes nothing from the picture
    return found if isinstance(found, int) else 1
