"""How this project runs under Prefect: what is set before Prefect is imported, what is logged, and how it behaves in one process."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from vilomem_core.errors import RunStopped

Result = TypeVar("Result")

DEFAULTS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",  # 20 is too short on a busy machine
    "DO_NOT_TRACK": "1",
}


def set_defaults(**more: str) -> None:
    """Set ``DEFAULTS`` and ``more`` in the environment, before Prefect is imported; what the environment says already stays."""
    for name, value in {**DEFAULTS, **more}.items():
        os.environ.setdefault(name, value)


def configure_logs(verbose: bool) -> None:
    """Warnings and errors of this project only; with ``verbose`` everything, the orchestrator's and Ray's logs too.

    What the environment already says of Prefect is left alone.
    """
    level = "INFO" if verbose else "CRITICAL"  # errors are printed once, by the command line, not with a traceback each layer
    set_defaults(
        PREFECT_LOGGING_LEVEL=level,
        PREFECT_LOGGING_SERVER_LEVEL="CRITICAL",
        RAY_USAGE_STATS_ENABLED="0",
        RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0",
    )
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.WARNING if verbose else logging.ERROR)


@contextmanager
def termination_as_stop() -> Iterator[None]:
    """Prefect's own handler of SIGTERM ends a flow in its way: here it is a ``RunStopped`` as any other stop."""
    from prefect.exceptions import TerminationSignal

    try:
        yield
    except TerminationSignal as exc:  # outside the solving of cases
        raise RunStopped("the run was interrupted.", "Run the same command again to go on.") from exc


def run_to_end(work: Coroutine[Any, Any, Result]) -> Result:
    """``asyncio.run``, also where a loop runs in this thread already, as in a notebook: then on a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1, "vilomem-async") as thread:
        return thread.submit(asyncio.run, work).result()


@contextmanager
def one_heartbeat() -> Iterator[None]:
    """Sub-flows send no heartbeats while this lasts: the outermost flow's says that the job lives, and ending each takes a second."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    with temporary_settings(updates={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


def start_server() -> None:
    """Start Prefect's temporary server, if no other is named, so that Ctrl-C in a terminal, which reaches all processes, leaves it alone.

    A child process inherits which signals are blocked: without its server a flow could not end in an orderly way.
    """
    from prefect.client.orchestration import get_client

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        get_client(sync_client=True)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
