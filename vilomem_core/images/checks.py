"""What a picture is, by its first bytes, and whether its size may go to a model; names of files say nothing."""

from __future__ import annotations

import re
import struct
from enum import StrEnum

from vilomem_core.errors import DataError
from vilomem_core.settings.tree import ImageLimits

HEAD = 4096  # enough for an XML preamble with a licence comment before <svg


class ImageProblem(DataError):
    """A picture that cannot go to a model. ``kind`` is one of the ``image_…`` kinds of docs/data_formats.md."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.args = (kind, reason)
        self.kind = kind
        self.reason = reason


def check_bytes(size: int, limits: ImageLimits) -> None:
    """Judge a picture by the bytes of its file. Raises ``ImageProblem``."""
    if size == 0:
        raise ImageProblem("image_empty", "0 bytes")
    if size > limits.max_bytes:
        raise ImageProblem("image_too_large", f"a file of {size:,} bytes; the limit is {limits.max_bytes:,}")


def check_size(width: int, height: int, limits: ImageLimits) -> None:
    """Judge a picture by the size that its header declares, in pixels. Raises ``ImageProblem``."""
    size = f"{width}x{height}"
    if width < 1 or height < 1:
        raise ImageProblem("image_too_small", f"the header declares {size} pixels")
    if width * height > limits.max_pixels:
        reason = f"{size} is {width * height / 1e6:,.0f} million pixels; the limit is {limits.max_pixels / 1e6:g} million"
        raise ImageProblem("image_too_large", reason)
    ratio = max(width, height) / min(width, height)
    if ratio > limits.max_aspect_ratio:
        reason = f"{size} has an aspect ratio of {ratio:.0f}; the limit is {limits.max_aspect_ratio:g}"
        raise ImageProblem("image_aspect_ratio", reason)
    if min(width, height) < limits.min_side:
        raise ImageProblem("image_too_small", f"{size} pixels; each side needs at least {limits.min_side}")


class Format(StrEnum):
    """The formats that are decoded. Others cost more risk than they bring pictures."""

    PNG = "PNG"
    JPEG = "JPEG"
    GIF = "GIF"
    WEBP = "WebP"
    BMP = "BMP"
    TIFF = "TIFF"


MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"\xff\xd8\xff", Format.JPEG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"BM", Format.BMP),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
)
UNSUPPORTED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\1\0", "icon"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
)
SVG = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype\s+svg|<svg[\s>:])", re.DOTALL | re.IGNORECASE
)
HTML = re.compile(rb"\A\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
LFS = b"version https://git-lfs"


def recognise(data: bytes) -> Format:
    """The format of ``data``. Raises ``ImageProblem`` for anything that is not decoded here."""
    for magic, found in MAGIC:
        if data.startswith(magic):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Format.WEBP
    head = data[:HEAD]
    if SVG.match(head):
        raise ImageProblem("image_format_unsupported", "an SVG drawing; export it as PNG first")
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"):
        raise ImageProblem("image_format_unsupported", "an AVIF or HEIC picture; save it as PNG or JPEG first")
    for magic, name in UNSUPPORTED:
        if data.startswith(magic):
            raise ImageProblem("image_format_unsupported", f"a {name} file; save it as PNG or JPEG first")
    raise ImageProblem("image_not_recognised", _what_it_may_be(head))


def _what_it_may_be(head: bytes) -> str:
    if head.startswith(LFS):
        return "a Git LFS pointer, not the picture; run git lfs pull in the data set"
    if HTML.match(head):
        return "an HTML page, not a picture; the download probably failed"
    if b"\0" not in head and head.isascii():
        return "text, not a picture"
    return "not a picture in any known format"


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height that a WebP header declares (RFC 9649); the decoder would reserve the canvas before telling."""
    chunk, body = data[12:16], data[20:30]
    if len(body) == 10:
        if chunk == b"VP8X":
            return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
        if chunk == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
            width, height = struct.unpack("<HH", body[6:10])
            return width & 0x3FFF, height & 0x3FFF
        if chunk == b"VP8L" and body[0] == 0x2F:
            bits = int.from_bytes(body[1:5], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    raise ImageProblem("image_truncated" if len(body) < 10 else "image_damaged", "the WebP header is not complete")


def ends_early(data: bytes, found: Format) -> bool:
    """Whether the closing mark of the format is missing: tells a cut file from a damaged one."""
    match found:
        case Format.PNG:
            return b"IEND" not in data[-64:]
        case Format.JPEG:
            return data.find(b"\xff\xd9", data.rfind(b"\xff\xda")) < 0  # an end of image after the last start of scan
        case Format.GIF:
            return not data.rstrip(b"\0").endswith(b";")
        case Format.WEBP:
            return int.from_bytes(data[4:8], "little") + 8 > len(data)
        case Format.BMP:
            return int.from_bytes(data[2:6], "little") > len(data)
        case Format.TIFF:
            return False
