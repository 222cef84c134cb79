"""Quiet logs by default: what the libraries underneath may say, set before they are imported."""

from __future__ import annotations

import logging
import os

_PREFECT = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",  # 20 is too short on a busy machine
    "DO_NOT_TRACK": "1",
}


def configure_logs(verbose: bool) -> None:
    """Warnings and errors of this project only; with ``verbose`` everything, the orchestrator's and Ray's logs too.

    What the environment already says of Prefect is left alone.
    """
    level = "INFO" if verbose else "CRITICAL"  # errors are printed once, by the command line, not with a traceback each layer
    for name, value in {**_PREFECT, "PREFECT_LOGGING_LEVEL": level, "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL"}.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.WARNING if verbose else logging.ERROR)
