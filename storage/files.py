"""Files and folders of a store: whole or not there at all, and nothing outside the folder that is meant is reached or removed."""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from vilomem_core.errors import StoreError

TEMPORARY_SUFFIX = ".tmp"
ORPHAN_AGE_S = 24 * 3600.0  # a writer on another machine cannot be asked whether it lives; a day is longer than any write
LONGEST_NAME = 128  # characters; file systems take 255 bytes, and temporary files have longer names than what they become
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


# ------------------------------------------------------------------------------------------ names that become paths


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


# ------------------------------------------------------------------------------------------ whole or not at all


def write_atomically(path: Path, content: bytes | Callable[[BinaryIO], None]) -> None:
    """Write bytes, or what a function writes, to a temporary file beside ``path`` and move it there when it is on the disk.

    Raises OSError; the temporary file of a failed write is removed.
    """
    temporary = path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        with temporary.open("wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_batch(path: Path, batch: pa.RecordBatch) -> None:
    """One batch as an Arrow file, whole or not at all. Raises OSError."""

    def write(file: BinaryIO) -> None:
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        with pa.ipc.new_file(file, batch.schema, options=options) as writer:
            writer.write_batch(batch)

    write_atomically(path, write)


def read_batch(path: Path) -> pa.RecordBatch:
    """Raises OSError or pyarrow.ArrowException for a file that cannot be read."""
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as reader:
        return reader.get_batch(0)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a rename is only kept across a power cut once its folder is synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_orphans(folder: Path) -> int:
    """Remove the temporary files of writers that are gone, and say how many; those of living writers stay."""
    removed = 0
    for path in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        if _is_orphan(path):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _is_orphan(path: Path) -> bool:
    host, _, pid = path.name.removesuffix(TEMPORARY_SUFFIX).rpartition(".")
    if not pid.isdigit():
        return False
    if host.endswith(f".{socket.gethostname()}"):
        return not process_lives(int(pid))
    try:
        return time.time() - path.stat().st_mtime > ORPHAN_AGE_S
    except FileNotFoundError:
        return False


def process_lives(pid: int) -> bool:
    """Whether a process of this machine has this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
