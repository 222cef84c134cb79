"""The pictures of a row: its picture fields in every form that data sets write them, and files from one folder only."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vilomem_core.readers.problems import Refusal, quote, shown

PICTURE_FIELD = re.compile(r"images?(?:_?(\d{1,3}))?")
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(?://|.*,)", re.DOTALL)  # also data:image/png;base64,…


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of one picture, not looked at yet; ``name`` is for messages."""

    name: str
    data: bytes


def picture_fields(names: Sequence[str]) -> list[str]:
    """``image``, ``images``, ``image_1``, ``image2``, …, in the order of their numbers."""
    found = [(int(match[1] or 0), name) for name in names if (match := PICTURE_FIELD.fullmatch(name))]
    return [name for _, name in sorted(found)]


def read_pictures(fields: Mapping[str, object], folder: PictureFolder) -> list[Picture]:
    """All pictures of a row whose values are paths, bytes, mappings of bytes and path, or lists of these.

    ``images`` stands for itself and ``image``. Raises ``Refusal``.
    """
    names = picture_fields([name for name in fields if name != "image" or not fields.get("images")])
    values = [fields[name] for name in names]
    pictures = [_picture(value, folder, number) for number, value in enumerate(_flat(values), 1)]
    if not pictures:
        raise Refusal("image_missing", "there is no image")
    return pictures


def _flat(values: Sequence[object]) -> Iterator[object]:
    """One level of lists: a nested list is left for ``_picture`` to refuse."""
    for value in values:
        if isinstance(value, list):
            yield from value
        elif value is not None:
            yield value


def _picture(value: object, folder: PictureFolder, number: int) -> Picture:
    name = f"picture {number}"
    match value:
        case str():
            return folder.read(value)
        case bytes():
            return Picture(name, value)
        case Mapping():
            data, path = value.get("bytes"), value.get("path")
            if isinstance(data, bytes):
                return Picture(name, data)
            if isinstance(path, str):
                return folder.read(path)
            raise Refusal("image_missing", f"{name} has neither bytes nor a path")
        case None:
            raise Refusal("image_missing", f"{name} of the image list is null")
        case _:
            raise Refusal("image_reference_unsupported", f"{name} must be a path or bytes, not a {type(value).__name__}")


class PictureFolder:
    """Pictures under ``root``, which is followed to its real place; links inside may not lead out of it."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._root = Path(os.path.realpath(root))
        self._max_bytes = max_bytes

    def read(self, reference: str) -> Picture:
        """The bytes of one file. Raises ``Refusal``; the path is judged before the file is touched."""
        name = shown(reference)
        if not reference.strip():
            raise Refusal("image_missing", "the image path is empty")
        if URL.match(reference):
            raise Refusal("image_reference_unsupported", f"{quote(reference)} is a URL; download the picture and give its path")
        try:
            return Picture(name, self._bytes(self._inside(reference, name), name))
        except FileNotFoundError as exc:
            raise Refusal("image_missing", f"{name}: there is no such file") from exc
        except (OSError, ValueError) as exc:  # ValueError: a NUL or a surrogate in the path
            why = exc.strerror if isinstance(exc, OSError) and exc.strerror else "not a possible path"
            raise Refusal("image_unreadable", f"{name}: {why}") from exc

    def _inside(self, reference: str, name: str) -> Path:
        real = Path(os.path.realpath(self._root / reference))  # Path.resolve would raise on circles of links
        if not real.is_relative_to(self._root):
            raise Refusal("image_path_outside", f"{name} leads out of the folder of the data set")
        return real

    def _bytes(self, real: Path, name: str) -> bytes:
        found = real.stat()
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
            raise Refusal("image_not_a_file", f"{name} is {what}")
        if found.st_size > self._max_bytes:
            reason = f"{name}: a file of {found.st_size:,} bytes; the limit is {self._max_bytes:,}"
            raise Refusal("image_too_large", reason)
        return real.read_bytes()
