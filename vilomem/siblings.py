"""The packages beside this one must be this project's: ``flows`` and ``tasks`` are names that other projects use as well."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
ALL = ("flows", "tasks", "storage", "vilomem_core")
CORE = ("vilomem_core",)  # verification, settings and records: a project with `flows` or `storage` of its own can use them
NEEDS = {"vilomem.jobs": ALL, "vilomem.memory": ("storage", "vilomem_core")}


def check_siblings(names: Sequence[str] = ALL) -> None:
    """Raises ``ImportError`` when something of another project is imported, or would be, in the place of one of ``names``."""
    for name in names:
        found = _location(name)
        if found is None or found.parent != HOME:
            where = f"{found} is imported instead" if found else "it is not installed"
            raise ImportError(
                f"ViLoMem needs its package {name!r} beside {HOME / 'vilomem'}, but {where}. "
                f"Rename that folder, or keep it off the import path: run the script from another folder, or with `python -P`.",
                name=name,
            )


def _location(name: str) -> Path | None:
    """Where the package is, or would be, imported from: its folder, or its file where it is a module."""
    loaded = sys.modules.get(name)
    spec = loaded.__spec__ if loaded is not None else importlib.util.find_spec(name)
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).resolve()
    return Path(spec.origin).resolve() if spec.origin else None
