"""What a user names, to the files that are read, in a stable order."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from vilomem_core.errors import DataError

SUFFIXES = (".jsonl", ".ndjson", ".tsv", ".parquet")
CASES_FILE = "cases.jsonl"


def find_files(sources: str | Sequence[str]) -> list[Path]:
    """The data files of files, folders and globs, each file once. Raises ``DataError`` for a source that offers none.

    A folder stands for its ``cases.jsonl`` if it has one (other files are then other forms of the same cases), else for all its
    data files, else for its sub-folders by the same rule. Links to folders are not followed.
    """
    found: dict[str, Path] = {}
    names = [sources] if isinstance(sources, str) else list(sources)
    if not names:
        raise DataError("No data was named.", "Give a file, a folder or a glob.")
    for name in names:
        try:
            files = _files(name)
        except OSError as exc:
            raise DataError(f"{name} cannot be read: {exc.strerror or type(exc).__name__}.", "Check the permissions.") from exc
        for path in files:
            found.setdefault(os.path.realpath(path), path)
    return list(found.values())


def _files(source: str) -> list[Path]:
    path = Path(source).expanduser()
    if path.is_dir():
        files = _in_folder(path)
        if not files:
            raise DataError(
                f"No data files in {source}.", "A folder needs .jsonl, .tsv or .parquet files, or sub-folders with them."
            )
        return files
    if path.exists():
        if path.suffix.lower() not in SUFFIXES:
            raise DataError(f"{source} is not a data file.", "Give a .jsonl, .tsv or .parquet file, or a folder of them.")
        return [path]
    # Path.glob takes no absolute patterns
    matches = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(source) else []  # noqa: PTH207
    files = [file for match in matches for file in (_in_folder(Path(match)) if Path(match).is_dir() else [Path(match)])]
    if not files:
        what = "Nothing matches" if glob.has_magic(source) else "There is no"
        hint = (
            "Download the data first and give its path."
            if "://" in source
            else "Check the path; it is taken from the present folder."
        )
        raise DataError(f"{what} {source}.", hint)
    return files


def _in_folder(folder: Path) -> list[Path]:
    cases = folder / CASES_FILE
    if cases.is_file():
        return [cases]
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    files = [entry for entry in entries if entry.suffix.lower() in SUFFIXES and entry.is_file()]
    if files:
        return files
    return [file for entry in entries if entry.is_dir() and not entry.is_symlink() for file in _in_folder(entry)]
