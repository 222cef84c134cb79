"""The process behind ``algebra``: one question a line on standard input, one answer a line on standard output.

It is run as a script and imports nothing of this project, so that it starts fast and under any import path. Every question has
a hard
limit: an alarm whose default action ends the process, also inside C code, and a limit of address space. End of input ends it.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import sys

GRACE_S = 0.5  # the parent ends this process at the limit; the alarm is for the case that the parent is gone


def main(memory_mib: int) -> None:
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
            gold, answer = (parse(_delimited(question[side]), parsing_timeout=None) for side in ("gold", "answer"))
            equal = bool(verify(gold, answer, timeout_seconds=None)) if gold and answer else None
            reply = {"equal": equal, "reason": "" if equal is not None else "symbolic algebra cannot read one of the sides"}
        except (MemoryError, RecursionError) as exc:
            reply = {"equal": None, "reason": f"symbolic algebra gave up: {type(exc).__name__}"}
        signal.setitimer(signal.ITIMER_REAL, 0)
        replies.write(json.dumps(reply) + "\n")


def _delimited(text: str) -> str:
    """Between dollars, where math_verify looks for mathematics; a bare number it finds without."""
    return f"${text}$" if any(char.isalpha() or char in "\\^(" for char in text) else text


if __name__ == "__main__":
    main(int(sys.argv[1]))
