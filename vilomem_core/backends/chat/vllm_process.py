"""The processes that an engine computes in: what they print, and that they never outlive their owner."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from multiprocessing.process import BaseProcess

KEPT_LINES = 400  # a traceback through the worker, the engine and torch is about 150 lines
LAST_WORDS_S = 1.0  # how long a process that has ended may take to hand over what it printed

# "(EngineCore pid=7) ERROR 11-22 16:08:39 [core.py:1510] ValueError: text", with or without what stands before the class
_ERROR = re.compile(r"^(?:\(.*?pid=\d+\)\s*)?(?:ERROR .*?\]\s*)?((?:[\w.]+\.)?\w*(?:Error|Exception)): (\S.*)$")
_NO_REASON = re.compile(r"see root cause above|see stack trace|background process|engine core initialization failed", re.I)


class EngineLog:
    """Reads along what this process and the children it starts meanwhile print to stderr, and passes it on unchanged.

    Used in a ``with`` block around the start. Children keep writing here for as long as they live, so the reason of a later death
    is known as well.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)

    def __enter__(self) -> EngineLog:
        sys.stderr.flush()
        self._stderr = os.dup(2)
        reading, writing = os.pipe()
        os.dup2(writing, 2)
        os.close(writing)
        self._reader = threading.Thread(target=self._pass_on, args=(reading, os.dup(self._stderr)), name="vllm-log", daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        sys.stderr.flush()
        os.dup2(self._stderr, 2)
        os.close(self._stderr)

    def first_error(self) -> str | None:
        """The first error that was printed and says more than that there was one: those that follow are its consequences."""
        self._reader.join(LAST_WORDS_S)
        for line in list(self._lines):
            found = _ERROR.match(line)
            if found and has_reason(found[2]):
                return f"{found[1].rpartition('.')[2]}: {found[2]}"
        return None

    def _pass_on(self, reading: int, stderr: int) -> None:
        with os.fdopen(reading, "rb") as lines, os.fdopen(stderr, "wb", buffering=0) as out:
            for line in lines:
                self._lines.append(line.decode("utf-8", "replace").rstrip())
                out.write(line)


def has_reason(message: str) -> bool:
    """False for the engine's "see above": the reason was only printed."""
    return not _NO_REASON.search(message)


class ProcessGuard:
    """Takes processes along when this one is killed: an engine that outlived its owner would keep the GPU's memory.

    A shell waits for the end of a pipe whose other end only this process holds.
    """

    def __init__(self, processes: Sequence[BaseProcess]) -> None:
        numbers = " ".join(str(process.pid) for process in processes)
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", f"read _; kill -9 {numbers}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in a terminal ends the owner's group, and must not end the guard first
        )

    def close(self) -> None:
        """Let the processes be: they are about to be ended in an orderly way."""
        self._shell.kill()
        self._shell.communicate()
