"""What a bundle says of itself, and whether its files are what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vilomem_core.errors import StoreError

FORMAT = "vilomem-recall-bundle"
VERSION = 2
MANIFEST = "manifest.json"
ALWAYS_HASHED_BYTES = 32 << 20  # smaller files are always checked; larger ones would cost about a second a gigabyte at every start
EXPORT_AGAIN = "Export the snapshot again: vilomem export --format bundle."
_FIELDS = ("snapshot_id", "embedders", "calibration", "counts", "files")


def write_manifest(folder: Path, about: Mapping[str, object]) -> None:
    """Describe the files that lie in ``folder``; ``about`` holds the other fields."""
    files = {path.name: {"bytes": path.stat().st_size, "sha256": _sha256(path)} for path in sorted(folder.iterdir())}
    text = json.dumps({"format": FORMAT, "version": VERSION, **about, "files": files}, indent=2, ensure_ascii=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Raises ``StoreError`` for a folder that is no bundle, or one of another version."""
    manifest = read_any_manifest(folder)
    if manifest.get("version") != VERSION:
        raise StoreError(f"the bundle {folder} has version {manifest.get('version')}, this program reads {VERSION}.", EXPORT_AGAIN)
    missing = [name for name in _FIELDS if name not in manifest]
    if missing:
        raise StoreError(f"the manifest of {folder} lacks {', '.join(missing)}.", EXPORT_AGAIN)
    return manifest


def read_any_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a bundle of any version. Raises ``StoreError`` for a folder that is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise StoreError(f"there is no recall bundle at {folder}.", "A bundle is a folder that vilomem export wrote.") from exc
    except (OSError, ValueError) as exc:
        raise StoreError(f"the manifest of {folder} cannot be read: {exc}.", EXPORT_AGAIN) from exc
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise StoreError(f"{folder} is not a recall bundle.", EXPORT_AGAIN)
    return manifest


def check_files(folder: Path, files: Mapping[str, Mapping[str, Any]], verify: bool) -> None:
    """Raises ``ValueError`` for a file of another size or checksum; large files are only hashed with ``verify``."""
    for name, about in files.items():
        if Path(name).name != name:
            raise ValueError(f"{name!r} is not the name of a file in it")
        path = folder / name
        size = path.stat().st_size
        if size != about["bytes"]:
            raise ValueError(f"{name} has {size} bytes instead of {about['bytes']}")
        if (verify or size < ALWAYS_HASHED_BYTES) and _sha256(path) != about["sha256"]:
            raise ValueError(f"{name} does not have its checksum")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
