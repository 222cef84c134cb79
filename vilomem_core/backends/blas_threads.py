"""Matrix products on the calling thread alone.

OpenBLAS shares out even small products over threads that wait for each other by spinning: on a machine with other work one text
through all-MiniLM-L6-v2 took 270 ms instead of 14 (benchmarks/bench_embedding.py). Whoever has many products to do runs them on
threads of its own, each with a BLAS of one thread.

The library threadpoolctl (3.8) does not do this: its limits belong to one thread at a time. Where blocks of two threads overlap, the
end of the first lifts the limit of the second, and the end of the second leaves BLAS with one thread for good.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path

MAPS = Path("/proc/self/maps")  # what the process has loaded; elsewhere than on Linux BLAS is left as it is
PREFIXES, SUFFIXES = ("scipy_", ""), ("64_", "_64", "")  # of OpenBLAS's functions: NumPy's own copy is renamed


@dataclass(frozen=True, slots=True)
class OpenBlas:
    """The two functions of a loaded OpenBLAS that its threads are counted by; they are about the whole process."""

    threads: Callable[[], int]
    set_threads: Callable[[int], None]


def loaded_openblas() -> OpenBlas | None:
    """The OpenBLAS that NumPy has loaded, or None where NumPy has another BLAS."""
    import numpy  # noqa: F401 - loads it

    lines = MAPS.read_text(encoding="utf-8", errors="replace").splitlines() if MAPS.is_file() else []
    for path in dict.fromkeys(line.split(maxsplit=5)[-1] for line in lines if "openblas" in line):
        for prefix, suffix in product(PREFIXES, SUFFIXES):
            with suppress(OSError, AttributeError):
                library = ctypes.CDLL(path)
                get, put = (getattr(library, f"{prefix}openblas_{verb}_num_threads{suffix}") for verb in ("get", "set"))
                get.restype, put.restype, put.argtypes = ctypes.c_int, None, [ctypes.c_int]
                return OpenBlas(get, put)
    return None


class _Limit:
    """One limit for all threads of the process, as BLAS knows only one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = 1
        self._blas: OpenBlas | None = None
        self._looked = False

    def enter(self) -> None:
        with self._lock:
            if not self._looked:
                self._blas, self._looked = loaded_openblas(), True
            if self._inside == 0 and self._blas is not None:
                self._before = self._blas.threads()
                self._blas.set_threads(1)
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._blas is not None:
                self._blas.set_threads(self._before)


_LIMIT = _Limit()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """BLAS takes one thread inside; the number that was set before returns when the last such block of all threads ends."""
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()
