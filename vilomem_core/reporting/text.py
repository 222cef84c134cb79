"""Text from anywhere, made fit for an HTML page; numbers made fit for reading."""

from __future__ import annotations

import re
from base64 import b64encode

from markupsafe import Markup

MAX_CHARS = 700  # a cell of a table stays readable
MAX_PICTURE_BYTES = 200_000
# Control characters are invalid in HTML, lone surrogates cannot be written as UTF-8, and direction marks could disorder the page
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)
_PICTURE_KINDS = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"))


def fit(text: str, limit: int = MAX_CHARS) -> str:
    """Untrusted text cut to ``limit`` characters, without what a page cannot hold. It is not escaped: the template does that."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return _UNFIT.sub("\ufffd", cut)


def picture(data: bytes) -> Markup:
    """The bytes as an address for ``img``, or nothing if they are no picture of a known kind or too many."""
    kind = next((kind for magic, kind in _PICTURE_KINDS if data.startswith(magic)), "")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "webp"
    if not kind or len(data) > MAX_PICTURE_BYTES:
        return Markup("")
    return Markup("data:image/{};base64,{}").format(kind, b64encode(data).decode())


def count(value: float) -> str:
    """1,234; 56.7k; 8.9M"""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / (1e3 if unit == 'k' else limit):.1f}{unit}"
    return f"{value:,.0f}"


def share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def duration(seconds: float) -> str:
    """42 s; 3 min 20 s; 2 h 5 min"""
    if seconds < 60:
        return f"{seconds:.1f} s" if 0 < seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
