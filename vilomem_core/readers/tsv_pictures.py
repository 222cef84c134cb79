"""Pictures of a TSV: base64, lists of base64, or the index of the row that holds the picture."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from vilomem_core.readers.folder import PictureFolder
from vilomem_core.readers.lines import read_lines
from vilomem_core.readers.options import list_in_text
from vilomem_core.readers.problems import Refusal, shown
from vilomem_core.readers.rows import Picture
from vilomem_core.readers.settings import ReaderSettings
from vilomem_core.readers.tsv_records import MAX_RECORD_BYTES, read_records

REFERENCE_CHARS = 64  # VLMEvalKit: an image field this short is the index of another row
MAX_STEPS = 8  # a reference to a reference is rare; a long chain is a mistake
DATA_URL = re.compile(r"\Adata:[\w/+.-]*;base64,")


class TsvPictures:
    """Reads the pictures of one file; rows that others refer to are found by their place in the file, and read again."""

    def __init__(self, path: Path, header: Sequence[str], settings: ReaderSettings) -> None:
        self._path = path
        self._header = header
        self._max_bytes = settings.max_image_bytes
        self._folder = PictureFolder(Path(settings.image_root or path.parent), settings.max_image_bytes)
        self._starts: dict[str, int] | None = None

    def read(self, fields: Mapping[str, str]) -> list[Picture]:
        """All pictures of one row. Raises ``Refusal``."""
        own = fields.get("index", "").strip()
        value = fields.get("image", "")
        if value.strip():
            texts = [self._follow(text, own) for text in _listed(self._follow(value, own))]
            return [self._decoded(text, number) for number, text in enumerate(texts, 1)]
        paths = _listed(fields.get("image_path", ""))
        if not paths:
            raise Refusal("image_missing", "there is no image")
        return [self._folder.read(path) for path in paths]

    def _follow(self, value: str, own: str) -> str:
        """``value``, or what stands in the row that it refers to."""
        trail = [own]
        while len(value) <= REFERENCE_CHARS and not value.startswith("["):
            target = value.strip()
            if target in trail:
                way = " to ".join(f"index {shown(index, 20)}" for index in [*trail, target])
                raise Refusal("image_reference_missing", f"the image refers in a circle, from {way}")
            found = self._image_of(target)
            if found is None or len(trail) >= MAX_STEPS:
                why = "which is not there" if found is None else f"{MAX_STEPS} steps away from a picture"
                raise Refusal("image_reference_missing", f"the image refers to index {shown(target)}, {why}")
            trail.append(target)
            value = found
        return value

    def _image_of(self, index: str) -> str | None:
        """The image field of the first row with ``index``; None when there is no such row, or none with a picture."""
        if self._starts is None:
            self._starts = self._scan()
        start = self._starts.get(index)
        if start is None:
            return None
        with self._path.open("rb") as file:
            file.seek(start)
            record = next(read_records(read_lines(file, MAX_RECORD_BYTES), len(self._header)), None)
        return self._field(record.fields, "image") or None if record else None

    def _scan(self) -> dict[str, int]:
        """Where each row begins, in bytes, by its index; built only for files that refer."""
        starts: dict[str, int] = {}
        with self._path.open("rb") as file:
            lines = read_lines(file, MAX_RECORD_BYTES)
            next((line for line in lines if line.data and line.data.strip()), None)  # the header
            for record in read_records(lines, len(self._header)):
                index = self._field(record.fields, "index").strip()
                starts.setdefault(index, record.start)
        return starts

    def _field(self, fields: Sequence[bytes] | None, name: str) -> str:
        if fields is None or name not in self._header:
            return ""
        return fields[self._header.index(name)].decode(errors="replace")

    def _decoded(self, text: str, number: int) -> Picture:
        name = f"picture {number}"
        packed = "".join(DATA_URL.sub("", text, count=1).split())
        if len(packed) // 4 * 3 > self._max_bytes:
            raise Refusal("image_too_large", f"{name} has more than {self._max_bytes:,} bytes")
        try:
            return Picture(name, base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True))
        except (binascii.Error, ValueError) as exc:  # ValueError: characters outside ASCII
            raise Refusal("image_base64", f"{name} is not base64") from exc


def _listed(value: str) -> list[str]:
    """The items of a list that was written as text; else the one value that there is."""
    if not value.strip():
        return []
    items = list_in_text(value) if value.lstrip().startswith("[") else None
    return [value] if items is None else items
