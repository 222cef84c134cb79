"""Symbolic algebra: ``math_verify`` (sympy), asked about the expressions that the parser here does not read.

sympy has no bound of its own, and time limits by signal work in main threads only. So ``math_verify`` runs in one small process per
asking process, started when it is first needed, spoken to through its standard input and output, killed at the time limit and
replaced at once, so that the next question finds the next one ready. It ends by itself when its parent is gone: no expression can
hang or crash the one that asks. This file is both sides: ``SymbolicAlgebra`` asks, and run as a script (``serve``) it answers.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import re
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the script imports nothing of this project, so that it starts fast and under any import path
    from vilomem_core.settings.method import VerificationSettings

START_LIMIT_S = 30.0  # importing sympy takes about 0.6 s on an idle machine
LONGEST = 400  # characters of one side
DEEPEST = 12  # brackets inside brackets
GRACE_S = 0.5  # the parent ends the process at the limit; the alarm is for the case that the parent is gone
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


class SymbolicAlgebra:
    """The process that does algebra for this one. Safe to use from any thread and after a fork; one question at a time."""

    _shared: dict[tuple[float, int], SymbolicAlgebra] = {}  # noqa: RUF012
    _shared_lock = threading.Lock()

    def __init__(self, limit_s: float, memory_mib: int) -> None:
        self._limit_s = limit_s
        self._memory_mib = memory_mib
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._refused: set[tuple[str, str]] = set()

    @classmethod
    def shared(cls, settings: VerificationSettings) -> SymbolicAlgebra:
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
        command = [sys.executable, "-P", __file__, str(self._memory_mib)]
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
        self._close_pipes(process)

    @staticmethod
    def _close_pipes(process: subprocess.Popen[bytes]) -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    @classmethod
    def _end_all(cls) -> None:
        for algebra in cls._shared.values():
            algebra._end()

    @classmethod
    def _forget_parents_process(cls) -> None:
        """After a fork: the process belongs to the parent, and a lock may have been held when the fork happened."""
        cls._shared_lock = threading.Lock()
        for algebra in cls._shared.values():
            if algebra._process is not None:
                algebra._process.returncode = 0  # not ours to wait for
                cls._close_pipes(algebra._process)
        cls._shared = {}


atexit.register(SymbolicAlgebra._end_all)
os.register_at_fork(after_in_child=SymbolicAlgebra._forget_parents_process)


def _depth(text: str) -> int:
    depth = deepest = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return deepest


# --- the process that answers -----------------------------------------------------------------------------------------------------


def serve(memory_mib: int) -> None:
    """Answer one question a line of standard input by one line on standard output, until the input ends.

    Every question has a hard limit: an alarm whose default action ends the process, also inside C code, and a limit of address space.
    """
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # libraries may print
    logging.disable(logging.CRITICAL)
    from math_verify import parse, verify

    resource.setrlimit(resource.RLIMIT_AS, (memory_mib << 20, memory_mib << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    replies.write("ready\n")
    for line in sys.stdin:
        question = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, question["limit_s"] + GRACE_S)
        try:
            # time limits of math_verify work by signal handlers and would replace the alarm
            gold, answer = (parse(_between_dollars(question[side]), parsing_timeout=None) for side in ("gold", "answer"))
            equal = bool(verify(gold, answer, timeout_seconds=None)) if gold and answer else None
            reply = {"equal": equal, "reason": "" if equal is not None else "symbolic algebra cannot read one of the sides"}
        except (MemoryError, RecursionError) as exc:
            reply = {"equal": None, "reason": f"symbolic algebra gave up: {type(exc).__name__}"}
        signal.setitimer(signal.ITIMER_REAL, 0)
        replies.write(json.dumps(reply) + "\n")


def _between_dollars(text: str) -> str:
    """Between dollars, where math_verify looks for mathematics; a bare number it finds without."""
    return f"${text}$" if any(char.isalpha() or char in "\\^(" for char in text) else text


if __name__ == "__main__":
    serve(int(sys.argv[1]))
