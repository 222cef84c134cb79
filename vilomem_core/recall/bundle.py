"""A bank as a folder: plain NumPy and Arrow files, mapped into memory, with a manifest.

``manifest.json`` says what the folder is (format, version, snapshot, embedders, calibration, counts) and lists every file with its
size and SHA-256. ``<column>.npy`` holds an array of ``MemoryBank``; ``memories.arrow`` and ``texts.arrow`` are Arrow IPC files of
its texts. Opening maps the files: processes share one copy, and what is not used is not read.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vilomem_core.errors import StoreError
from vilomem_core.recall.bank import BANK_ARRAYS, CosineCalibration, Fingerprints, MemoryBank, check_consistency, counts
from vilomem_core.recall.sketch import Sketch
from vilomem_core.recall.words import WordIndex

Value = TypeVar("Value", bound="str | list[str]")

FORMAT = "vilomem-recall-bundle"
VERSION = 2
MANIFEST = "manifest.json"
ALWAYS_HASHED_BYTES = 32 << 20  # smaller files are always checked; larger ones would cost about a second a gigabyte at every start
EXPORT_AGAIN = "Export the snapshot again: vilomem export --format bundle."
_FIELDS = ("snapshot_id", "embedders", "calibration", "counts", "files")
_WORD_ARRAYS = ("offsets", "places", "weights", "rarity")
_SKETCH_ARRAYS = ("mean", "flips", "bits")


def save(bank: MemoryBank, folder: str | Path) -> None:
    """Write a bank to a new folder, complete or not at all. Raises ``StoreError`` if the folder exists or cannot be written."""
    folder = Path(folder)
    if folder.exists():
        raise StoreError(f"{folder} is there already.", "Give another folder, or remove this one.")
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir(parents=True)
        _write_columns(bank, temporary)
        about = {"embedders": asdict(bank.fingerprints), "calibration": asdict(bank.calibration), "counts": counts(bank)}
        write_manifest(temporary, {"snapshot_id": bank.snapshot_id, **about})
        for path in (*temporary.iterdir(), temporary):
            _sync(path)
        temporary.rename(folder)
        _sync(folder.parent)
    except OSError as exc:
        raise StoreError(f"cannot write the bundle {folder}: {exc.strerror or exc}.", "Is there space and permission?") from exc
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def load(folder: str | Path, *, verify: bool = False) -> MemoryBank:
    """Open a bank read-only. ``verify`` checks large files against their checksums too, which reads all of them.

    Raises ``StoreError`` for a folder that is missing, of another version, incomplete or damaged. An opened bank stays whole when
    its folder is deleted.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    try:
        check_files(folder, manifest["files"], verify)
        bank = _mapped_bank(folder, manifest)
        check_consistency(bank, manifest["counts"])
    except (OSError, KeyError, TypeError, AttributeError, ValueError, pa.ArrowException) as exc:
        raise StoreError(f"the bundle {folder} is damaged: {exc}.", EXPORT_AGAIN) from exc
    return bank


def _write_columns(bank: MemoryBank, folder: Path) -> None:
    arrays = {name: getattr(bank, name) for name in BANK_ARRAYS}
    arrays |= {f"words_{name}": getattr(bank.words, name) for name in _WORD_ARRAYS}
    for kind, sketch in (("text", bank.text_sketch), ("image", bank.image_sketch)):
        if sketch is not None:
            arrays |= {f"{kind}_sketch_{name}": getattr(sketch, name) for name in _SKETCH_ARRAYS}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    memories = {
        "memory_id": pa.array(list(bank.memory_ids), pa.large_string()),
        "rule": pa.array(list(bank.rules), pa.large_string()),
        "subject": pa.array(list(bank.subjects), pa.large_string()),
        "key_concepts": pa.array([list(names) for names in bank.key_concepts], pa.list_(pa.string())),
    }
    write_columns(folder / "memories.arrow", memories)
    write_columns(folder / "texts.arrow", {"text": pa.array(list(bank.texts), pa.large_string())})


def _mapped_bank(folder: Path, manifest: Mapping[str, Any]) -> MemoryBank:
    arrays = {name.removesuffix(".npy"): _mapped(folder / name) for name in manifest["files"] if name.endswith(".npy")}
    memories, texts = read_columns(folder / "memories.arrow"), read_columns(folder / "texts.arrow")
    return MemoryBank(
        snapshot_id=str(manifest["snapshot_id"]),
        fingerprints=Fingerprints(**manifest["embedders"]),
        calibration=CosineCalibration(**manifest["calibration"]),
        memory_ids=ArrowColumn(memories["memory_id"]),
        rules=ArrowColumn(memories["rule"]),
        subjects=ArrowColumn(memories["subject"]),
        key_concepts=ArrowColumn(memories["key_concepts"]),
        texts=ArrowColumn(texts["text"]),
        words=WordIndex(**{name: arrays[f"words_{name}"] for name in _WORD_ARRAYS}),
        text_sketch=_sketch(arrays, "text"),
        image_sketch=_sketch(arrays, "image"),
        **{name: arrays[name] for name in BANK_ARRAYS},
    )


def _sketch(arrays: Mapping[str, NDArray[Any]], kind: str) -> Sketch | None:
    if f"{kind}_sketch_bits" not in arrays:
        return None
    return Sketch(**{name: arrays[f"{kind}_sketch_{name}"] for name in _SKETCH_ARRAYS})


def _mapped(path: Path) -> NDArray[Any]:
    """An array of the file as a plain array: a ``memmap`` would make every slice a ``memmap`` too."""
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.asarray(array)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class ArrowColumn(Sequence[Value], Generic[Value]):
    """A column without nulls as a sequence of Python values."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        if column.null_count:
            raise ValueError("a text column has empty rows")
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> list[Value]: ...
    def __getitem__(self, index: int | slice) -> Value | list[Value]:
        if isinstance(index, slice):
            rows = range(len(self))[index]
            return [self[row] for row in rows]
        value: Value = self._column[index].as_py()
        return value


def write_columns(path: Path, columns: dict[str, pa.Array]) -> None:
    """An Arrow IPC file of one batch."""
    table = pa.table(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_columns(path: Path) -> pa.Table:
    """The columns of a file that ``write_columns`` made, mapped."""
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


def write_manifest(folder: Path, about: Mapping[str, object]) -> None:
    """Describe the files of ``folder``; ``about`` holds the other fields."""
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
