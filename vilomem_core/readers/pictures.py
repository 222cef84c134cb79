"""The picture fields of a row, in every form that data sets write them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from vilomem_core.readers.folder import PictureFolder
from vilomem_core.readers.problems import Refusal
from vilomem_core.readers.rows import Picture, Place, RawRow, given_id

PICTURE_FIELD = re.compile(r"images?(?:_?(\d{1,3}))?")


def raw_row(fields: Mapping[str, object], place: Place, folder: PictureFolder) -> RawRow:
    """A row whose picture fields hold paths or bytes; ``place`` gets the row's id as far as it has one."""
    name = given_id(fields)
    named = str(name) if isinstance(name, str | int | float) else None
    return RawRow(Place(place.file, place.line, place.row, named, place.label), fields, lambda: read_pictures(fields, folder))


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
