"""BLAS takes one thread where it would only wait, and what was set before comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from vilomem_core.backends.blas_threads import OpenBlas, loaded_openblas, single_threaded_blas


@pytest.fixture
def blas() -> Iterator[OpenBlas]:
    """NumPy's OpenBLAS, set to three threads."""
    found = loaded_openblas()
    if found is None:
        pytest.skip("NumPy has another BLAS here")
    before = found.threads()
    found.set_threads(3)
    yield found
    found.set_threads(before)


def test_blocks_of_several_threads_end_in_any_order(blas: OpenBlas) -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with single_threaded_blas():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with single_threaded_blas():
        thread.start()
        assert inside.wait(10)
    assert blas.threads() == 1, "the other block is not over"
    leave.set()
    thread.join(10)
    assert blas.threads() == 3


def test_an_error_inside_gives_the_threads_back(blas: OpenBlas) -> None:
    with pytest.raises(np.linalg.LinAlgError), single_threaded_blas():
        np.linalg.inv(np.zeros((2, 2)))
    assert blas.threads() == 3
