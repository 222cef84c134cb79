"""The edge where the errors of the disk and of LanceDB become one clear ``StoreError``."""

from __future__ import annotations

import errno
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from vilomem_core.errors import StoreError

# LanceDB reports trouble as RuntimeError, ValueError or OSError; Arrow's readers as ArrowException.
LIBRARY_ERRORS = (RuntimeError, ValueError, OSError, pa.ArrowException)
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_LONGEST_DETAIL = 200  # characters; LanceDB's messages can carry a whole query plan


@contextmanager
def store_errors(folder: Path, doing: str) -> Generator[None, None, None]:
    """Turn any library error inside the block into a ``StoreError`` about ``folder``; ``doing`` completes "while …"."""
    try:
        yield
    except LIBRARY_ERRORS as exc:
        raise explain(exc, folder, doing) from exc


def explain(error: BaseException, folder: Path, doing: str) -> StoreError:
    """The ``StoreError`` that says what a disk or library error means for a person."""
    match error_number(error):
        case errno.ENOSPC | errno.EDQUOT:
            return StoreError(
                f"no space is left on the disk of {folder} while {doing}.", "Free some space and run the same command again."
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return StoreError(
                f"no permission for {folder} while {doing}.", "Check the owner and the mode of the folder, or use another store."
            )
        case _:
            return StoreError(f"the store {folder} failed while {doing}: {_detail(error)}", "It may be damaged.")


def error_number(error: BaseException) -> int | None:
    """The operating system's number for an error, also when a library only tells it in its text."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    told = _OS_ERROR.search(str(error))
    return int(told.group(1)) if told else None


def _detail(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:_LONGEST_DETAIL].rstrip(".") + "."
