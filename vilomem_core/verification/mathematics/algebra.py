"""Symbolic algebra in a process of its own, which can be ended: no expression can hang or crash the one that asks.

sympy has no bound of its own, and time limits by signal work in main threads only. So ``math_verify`` runs in one small process per
asking process, started when it is first needed, spoken to through its standard input and output, killed at the time limit and
replaced at once, so that the next question finds the next one ready. It ends by itself when its parent is gone.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from vilomem_core.verification.settings import VerificationSettings

WORKER = Path(__file__).with_name("algebra_worker.py")
START_LIMIT_S = 30.0  # importing sympy takes about 0.6 s on an idle machine
LONGEST = 400  # characters of one side
DEEPEST = 12  # brackets inside brackets
# Refused before anything is computed: towers of powers, exponents and factorials beyond any answer, runs of digits.
_RISKY = re.compile(
    r"\^\s*\{[^{}]{0,40}\^|\^\s*\([^()]{0,40}\^|(?:\^|\*\*)\s*[-+]?(?:\d+(?:\.\d+)?|[A-Za-z])\s*(?:\^|\*\*)"
    r"|(?:\^|\*\*)\s*\{?\s*[-+(]*\s*\d{4,}|\d{3,}\s*\)*\s*!|!\s*\)*\s*!|\d{60,}|e[+-]?\d{4,}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``equal`` is None, with a reason, when algebra could not tell in time."""

    equal: bool | None
    reason: str = ""


class Algebra:
    """The process that does algebra for this one. Safe to use from any thread and after a fork; one question at a time."""

    _shared: dict[tuple[float, int], Algebra] = {}  # noqa: RUF012
    _shared_lock = threading.Lock()

    def __init__(self, limit_s: float, memory_mib: int) -> None:
        self._limit_s = limit_s
        self._memory_mib = memory_mib
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._refused: set[tuple[str, str]] = set()

    @classmethod
    def shared(cls, settings: VerificationSettings) -> Algebra:
        """The one for these settings in this process."""
        key = (settings.algebra_limit_s, settings.algebra_memory_mib)
        with cls._shared_lock:
            return cls._shared.setdefault(key, cls(*key))

    def equivalent(self, gold: str, answer: str) -> Outcome:
        """Whether two LaTeX or plain expressions are equal, within the time limit."""
        for text in (gold, answer):
            if len(text) > LONGEST or _depth(text) > DEEPEST or _RISKY.search(text):
                return Outcome(None, "too large or too deep for symbolic algebra")
        with self._lock:
            if (gold, answer) in self._refused:
                return Outcome(None, "symbolic algebra ran out of time before")
            return self._ask(gold, answer)

    def close(self) -> None:
        """End the process. The next question starts another one."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The process id of the running process, None when none runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def _ask(self, gold: str, answer: str) -> Outcome:
        process = self._running()
        if process is None:
            return Outcome(None, "symbolic algebra could not be started")
        question = json.dumps({"gold": gold, "answer": answer, "limit_s": self._limit_s})
        line = self._exchange(process, question.encode() + b"\n", self._limit_s)
        if line is None:
            self._end()
            self._start()
            self._refused.add((gold, answer))
            return Outcome(None, f"symbolic algebra took longer than {self._limit_s} s, or failed")
        reply = json.loads(line)
        return Outcome(reply["equal"], reply["reason"])

    def _running(self) -> subprocess.Popen[bytes] | None:
        if self.pid is None:
            self._end()
            self._start()
        if self._process is not None and not self._ready:
            self._ready = self._exchange(self._process, b"", START_LIMIT_S) is not None
            if not self._ready:
                self._end()
        return self._process

    def _start(self) -> None:
        """Start a process; it says a line when it is ready for questions."""
        command = [sys.executable, "-P", str(WORKER), str(self._memory_mib)]
        try:
            # a session of its own: Ctrl-C in the terminal is for the parent, which ends this process in order
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except OSError:
            self._process = None  # no memory or no process left: the question stays undetermined
        self._ready = False

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], question: bytes, limit_s: float) -> bytes | None:
        """One line out, one line back; None at the time limit or when the process has ended."""
        if process.stdin is None or process.stdout is None:
            return None
        try:
            os.write(process.stdin.fileno(), question)
        except BrokenPipeError:
            return None
        deadline = time.monotonic() + limit_s
        poll = select.poll()
        poll.register(process.stdout.fileno(), select.POLLIN | select.POLLHUP)
        received = b""
        while not received.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return None
            part = os.read(process.stdout.fileno(), 65536)
            if not part:
                return None
            received += part
        return received

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        self._let_go(process)

    @staticmethod
    def _let_go(process: subprocess.Popen[bytes]) -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    @classmethod
    def _close_all(cls) -> None:
        for algebra in cls._shared.values():
            algebra._end()

    @classmethod
    def _forget_parents(cls) -> None:
        """After a fork: the process belongs to the parent, and a lock may have been held when the fork happened."""
        cls._shared_lock = threading.Lock()
        for algebra in cls._shared.values():
            if algebra._process is not None:
                algebra._process.returncode = 0  # not ours to wait for
                cls._let_go(algebra._process)
        cls._shared = {}


atexit.register(Algebra._close_all)
os.register_at_fork(after_in_child=Algebra._forget_parents)


def _depth(text: str) -> int:
    depth = deepest = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return deepest
