"""Picture files that rows name by path: read from their folder, and from nowhere else."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from vilomem_core.readers.problems import Refusal, quote, shown
from vilomem_core.readers.rows import Picture

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(?://|.*,)", re.DOTALL)  # also data:image/png;base64,…


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
