"""What ``store.json`` says of a store: its format, and the embedders that its vectors belong to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from storage.files import write_atomically
from vilomem_core.errors import StoreError

FORMAT_VERSION = 2
DESCRIPTOR = "store.json"


@dataclass(frozen=True, slots=True)
class StoreDescriptor:
    """``text_dim`` and ``image_dim`` are the lengths of the vectors; the embedders are named by their fingerprints."""

    format: int
    text_embedder: str
    text_dim: int
    image_embedder: str
    image_dim: int


def is_store(folder: Path) -> bool:
    return (folder / DESCRIPTOR).is_file()


def write_descriptor(folder: Path, descriptor: StoreDescriptor) -> None:
    text = json.dumps(asdict(descriptor), indent=2) + "\n"
    write_atomically(folder / DESCRIPTOR, text.encode())


def read_descriptor(folder: Path) -> StoreDescriptor:
    """Read and check ``store.json``. Raises ``StoreError`` for a folder that is missing, no store, of another format or damaged."""
    if not folder.exists():
        raise StoreError(f"there is no store at {folder}.", "Make one with 'vilomem learn', or give the right --store.")
    if not is_store(folder):
        raise StoreError(f"{folder} is not a store: it has no {DESCRIPTOR}.", "Give the folder that 'vilomem learn' wrote.")
    try:
        content = json.loads((folder / DESCRIPTOR).read_bytes())
    except ValueError as exc:
        raise _damaged(folder) from exc
    if not isinstance(content, dict) or not isinstance(content.get("format"), int):
        raise _damaged(folder)
    _check_format(folder, content["format"])
    expected = {spec.name: int if spec.name in {"format", "text_dim", "image_dim"} else str for spec in fields(StoreDescriptor)}
    if set(content) != set(expected) or any(not isinstance(content[name], kind) for name, kind in expected.items()):
        raise _damaged(folder)
    return StoreDescriptor(**content)


def check_embedders(folder: Path, found: StoreDescriptor, wanted: StoreDescriptor) -> None:
    """Vectors of different embedders must never meet. Raises ``StoreError`` naming both and the way out."""
    pairs = (
        ("text", (found.text_embedder, found.text_dim), (wanted.text_embedder, wanted.text_dim)),
        ("image", (found.image_embedder, found.image_dim), (wanted.image_embedder, wanted.image_dim)),
    )
    for kind, (name, dim), (wanted_name, wanted_dim) in pairs:
        if (name, dim) != (wanted_name, wanted_dim):
            raise StoreError(
                f"the {kind} vectors of {folder} were made by {name} ({dim} numbers), but the settings name "
                f"{wanted_name} ({wanted_dim} numbers).",
                f"Set the {kind} embedder back, or run 'vilomem reembed'.",
            )


def _check_format(folder: Path, version: int) -> None:
    if version > FORMAT_VERSION:
        raise StoreError(
            f"the store {folder} has format {version}; this vilomem reads format {FORMAT_VERSION}.",
            "Install a newer vilomem.",
        )
    if version < FORMAT_VERSION:
        raise StoreError(
            f"the store {folder} has the older format {version}; this vilomem reads format {FORMAT_VERSION}.",
            "Learn into a new store, or use the vilomem that made it.",
        )


def _damaged(folder: Path) -> StoreError:
    return StoreError(f"the store {folder} is damaged: {DESCRIPTOR} cannot be read.", "Restore it from a copy.")
