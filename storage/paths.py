"""Names and ids that become paths. Whatever a caller gives, nothing outside the folder that is meant can be reached or removed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from vilomem_core.errors import StoreError

LONGEST_NAME = 128  # characters; file systems take 255 bytes, and temporary files have longer names than what they become
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_name(name: str, what: str) -> str:
    """``name``, if it is that of one file or folder. Raises StoreError for any other; ``what`` says what it should name."""
    if not _SAFE_NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
        raise StoreError(f"{shown!r} cannot name {what}.", "Use letters, digits, dots, dashes and underscores.")
    return name


def path_in(folder: Path, name: str, what: str) -> Path:
    """``folder``/``name``. Raises StoreError for a name that could lead elsewhere."""
    return folder / check_name(name, what)


def remove_entry(folder: Path, name: str) -> None:
    """Remove what ``folder`` has under ``name``, one of its own entries: a folder with all that is in it, a file, or a link but
    not what the link leads to. Nothing is removed in a ``folder`` that is itself a link. Raises OSError.
    """
    path = folder / name
    if name in {"", ".", ".."} or path.name != name or folder.is_symlink():
        return
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
