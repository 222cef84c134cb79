"""The Ray that actors run on: a local one of this process, or a cluster that is joined."""

from __future__ import annotations

import importlib
import math
import os
from pathlib import Path
from typing import Any

import ray

from vilomem_core.errors import SettingsError
from vilomem_core.settings.tree import EngineSettings

PACKAGES = ("flows", "tasks", "storage", "vilomem_core")  # what a worker on another machine may not have installed


def connect(engine: EngineSettings) -> bool:
    """Join the named cluster, or start a local Ray that fits the actors. True when this process has to shut it down.

    Raises ``SettingsError`` when the cluster cannot be reached, or this machine has fewer GPUs than one actor needs.
    """
    if ray.is_initialized():
        return False
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    address = engine.ray_address or os.environ.get("RAY_ADDRESS")
    quiet = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        if address:
            ray.init(address=address, runtime_env=shipped_code(), **quiet)
        else:
            cpus = max(os.cpu_count() or 1, math.ceil(engine.actors * engine.cpus_per_actor))
            ray.init(address="local", num_cpus=cpus, include_dashboard=False, **quiet)
    except (ConnectionError, ValueError, RuntimeError) as exc:
        raise SettingsError(
            f"cannot reach Ray at {address or 'this machine'}: {exc}", "Check engine.ray_address, or use --engine inline."
        ) from exc
    if not address:
        _check_gpus(engine)
    return True


def shipped_code() -> dict[str, Any]:
    """A runtime environment that brings this project's code to every worker, so that driver and workers never differ.

    Its dependencies and the keys of services have to be on the machines: an environment is readable to all users of a cluster.
    """
    folders = [Path(str(importlib.import_module(name).__file__)).parent for name in PACKAGES]
    return {"py_modules": [str(folder) for folder in folders], "excludes": ["__pycache__"]}


def alive_nodes() -> set[str]:
    """Ids of the nodes that the cluster holds for alive."""
    return {node["NodeID"] for node in ray.nodes() if node["Alive"]}


def _check_gpus(engine: EngineSettings) -> None:
    gpus = ray.cluster_resources().get("GPU", 0.0)
    if gpus < engine.gpus_per_actor:
        ray.shutdown()
        raise SettingsError(
            f"an actor needs {engine.gpus_per_actor:g} GPUs, this machine has {gpus:g}.",
            "Lower engine.gpus_per_actor, or name a cluster with engine.ray_address.",
        )
