"""What SIGTERM and Ctrl-C do to a job: cases under way are finished and kept, and the same command goes on later."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tasks.session import Session

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ends_early(session: Session) -> Iterator[None]:
    """While this lasts, a signal ends the session early, and a second one interrupts at once.

    Ray and Prefect put in handlers of their own, which end the process: a flow that runs long puts these on top. Does nothing in
    other threads than the main one, because only that gets signals.
    """

    def stop(_number: int, _frame: object) -> None:
        if session.stop.is_set():
            raise KeyboardInterrupt
        session.end_early("the run was interrupted.")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
