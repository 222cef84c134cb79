from __future__ import annotations

import errno
import os
from pathlib import Path

import pyarrow as pa
import pytest

from storage.errors import explain, store_errors
from vilomem_core.errors import StoreError

FOLDER = Path("here")


def test_a_full_disk_says_so_however_it_is_told() -> None:
    told = [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        RuntimeError("lance error: LanceError(IO): Generic LocalFileSystem error: No space left on device (os error 28), x.rs:1:2"),
        pa.ArrowInvalid("write failed (os error 28)"),
    ]
    for error in told:
        assert str(explain(error, FOLDER, "writing attempts")) == (
            "no space is left on the disk of here while writing attempts. Free some space and run the same command again."
        )


def test_a_missing_permission_says_so() -> None:
    assert "no permission for here while opening" in str(explain(PermissionError(errno.EACCES, "x"), FOLDER, "opening"))


def test_anything_else_is_one_line_with_the_library_error_as_cause() -> None:
    with pytest.raises(StoreError) as caught, store_errors(FOLDER, "reading cases"):
        raise ValueError("lance error: bad\nmanifest " + "x" * 900)
    assert str(caught.value) == "the store here failed while reading cases: lance error: bad. It may be damaged."
    assert isinstance(caught.value.__cause__, ValueError)


def test_store_errors_pass_unchanged() -> None:
    with pytest.raises(StoreError, match=r"^mine$"), store_errors(FOLDER, "reading"):
        raise StoreError("mine")
