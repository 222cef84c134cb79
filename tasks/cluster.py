"""The Ray that actors run on, a local one of this process or a cluster that is joined, and errors that cross its processes."""

from __future__ import annotations

import importlib
import math
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayTaskError

from vilomem_core.errors import SettingsError, ViLoMemError
from vilomem_core.settings.models import HostSettings
from vilomem_core.settings.tree import EngineSettings

PACKAGES = ("vilomem", "flows", "tasks", "storage", "vilomem_core")  # what a worker on another machine may not have installed


def connect(engine: EngineSettings, hosts: Sequence[HostSettings] = ()) -> bool:
    """Join the named cluster, or start a local Ray that fits the actors and ``hosts``. True when this process has to shut it down.

    Raises ``SettingsError`` when the cluster cannot be reached, or this machine has fewer GPUs than one actor needs.
    """
    if ray.is_initialized():
        return False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    address = engine.ray_address or os.environ.get("RAY_ADDRESS")
    quiet = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        with _own_sigterm():
            if address:
                ray.init(address=address, runtime_env=shipped_code(), **quiet)
            else:
                needed = engine.actors * engine.cpus_per_actor + sum(host.actors * host.cpus_per_actor for host in hosts)
                cpus = max(os.cpu_count() or 1, math.ceil(needed))
                ray.init(address="local", num_cpus=cpus, include_dashboard=False, **quiet)
    except (ConnectionError, ValueError, RuntimeError) as exc:
        raise SettingsError(
            f"cannot reach Ray at {address or 'this machine'}: {exc}", "Check engine.ray_address, or use --engine inline."
        ) from exc
    if not address:
        _check_gpus(max([engine.gpus_per_actor, *(host.gpus_per_actor for host in hosts if host.actors)]))
    return True


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Keeps this process's own handler of SIGTERM, which lets cases finish; Ray would set one that ends the process at once."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if handler not in (None, signal.SIG_DFL) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def shipped_code() -> dict[str, Any]:
    """A runtime environment that brings this project's code to every worker, so that driver and workers never differ.

    Its dependencies and the keys of services have to be on the machines: an environment is readable to all users of a cluster.
    """
    folders = [Path(str(importlib.import_module(name).__file__)).parent for name in PACKAGES]
    return {"py_modules": [str(folder) for folder in folders], "excludes": ["__pycache__"]}


def alive_nodes() -> set[str]:
    """Ids of the nodes that the cluster believes to be alive."""
    return {node["NodeID"] for node in ray.nodes() if node["Alive"]}


@contextmanager
def errors_as_raised() -> Iterator[None]:
    """Raises errors of this project that an actor raised as they were, not wrapped with the trace of another process."""
    try:
        yield
    except RayTaskError as exc:
        if isinstance(exc.cause, ViLoMemError):
            raise exc.cause from None
        raise


def _check_gpus(needed: float) -> None:
    gpus = ray.cluster_resources().get("GPU", 0.0)
    if gpus < needed:
        ray.shutdown()
        raise SettingsError(
            f"an actor needs {needed:g} GPUs, this machine has {gpus:g}.",
            "Lower engine.gpus_per_actor, or name a cluster with engine.ray_address.",
        )
