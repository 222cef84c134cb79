"""A bank as a folder: plain NumPy and Arrow files, mapped into memory, with a manifest.

``manifest.json`` says what the folder is (format, version, snapshot, embedders, calibration, counts) and lists every file with its
size and SHA-256. ``<column>.npy`` holds an array of ``MemoryBank``; ``memories.arrow`` and ``texts.arrow`` are Arrow IPC files of
its texts. Opening maps the files: processes share one copy, and what is not looked at is not read.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vilomem_core.errors import StoreError
from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.calibration import Calibration
from vilomem_core.recall.check import check_consistency, counts
from vilomem_core.recall.manifest import EXPORT_AGAIN, check_files, read_manifest, write_manifest
from vilomem_core.recall.sketch import Sketch
from vilomem_core.recall.strings import ArrowColumn, read_columns, write_columns
from vilomem_core.recall.words import WordIndex

_BANK_ARRAYS = (
    "streams",
    "prototypes",
    "cohesion",
    "text_owner",
    "text_kind",
    "text_vectors",
    "image_owner",
    "image_vectors",
    "source_keys",
    "source_owner",
)
_WORD_ARRAYS = ("offsets", "places", "weights", "rarity")
_SKETCH_ARRAYS = ("mean", "flips", "bits")


def save(bank: MemoryBank, folder: Path) -> None:
    """Write a bank to a new folder, complete or not at all. Raises ``StoreError`` if the folder exists or cannot be written."""
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


def load(folder: Path, *, verify: bool = False) -> MemoryBank:
    """Open a bank read-only. ``verify`` checks large files against their checksums too, which reads all of them.

    Raises ``StoreError`` for a folder that is missing, of another version, incomplete or damaged. An opened bank stays whole when
    its folder is deleted.
    """
    manifest = read_manifest(folder)
    try:
        check_files(folder, manifest["files"], verify)
        bank = _mapped_bank(folder, manifest)
        check_consistency(bank, manifest["counts"])
    except (OSError, KeyError, TypeError, AttributeError, ValueError, pa.ArrowException) as exc:
        raise StoreError(f"the bundle {folder} is damaged: {exc}.", EXPORT_AGAIN) from exc
    return bank


def _write_columns(bank: MemoryBank, folder: Path) -> None:
    arrays = {name: getattr(bank, name) for name in _BANK_ARRAYS}
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
        calibration=Calibration(**manifest["calibration"]),
        memory_ids=ArrowColumn(memories["memory_id"]),
        rules=ArrowColumn(memories["rule"]),
        subjects=ArrowColumn(memories["subject"]),
        key_concepts=ArrowColumn(memories["key_concepts"]),
        texts=ArrowColumn(texts["text"]),
        words=WordIndex(**{name: arrays[f"words_{name}"] for name in _WORD_ARRAYS}),
        text_sketch=_sketch(arrays, "text"),
        image_sketch=_sketch(arrays, "image"),
        **{name: arrays[name] for name in _BANK_ARRAYS},
    )


def _sketch(arrays: Mapping[str, NDArray[Any]], kind: str) -> Sketch | None:
    if f"{kind}_sketch_bits" not in arrays:
        return None
    return Sketch(**{name: arrays[f"{kind}_sketch_{name}"] for name in _SKETCH_ARRAYS})


def _mapped(path: Path) -> NDArray[Any]:
    """An array of the file as a plain array: a ``memmap`` would drag its class through every slice."""
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.asarray(array)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
