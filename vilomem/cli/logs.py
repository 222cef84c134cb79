"""What the command line lets the libraries underneath say; set before they are imported."""

from __future__ import annotations

import logging

from tasks.orchestrator import set_defaults


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
