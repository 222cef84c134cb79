"""ViLoMem from a program: learn from a model's mistakes on image questions, and hand the memory to any model.

    import vilomem

    report = vilomem.learn({"data": ["questions.jsonl"], "store": "store", "roles": {"solver": {"model": "openai:MODEL"}}})
    memory = vilomem.open_memory("store")
    hits = memory.recall("Which bar is taller?", images=["bars.png"])
    prompt = memory.prompt(hits)

Importing this package is quick: what a name needs is loaded when the name is first used. Jobs need Prefect (and Ray, where
``engine.kind`` says so); ``open_memory``, ``open_store`` and ``verify`` need neither. Wherever a path is taken, a text is as good.
Errors are those of ``vilomem_core.errors``: ``UserError`` for what was given, ``ModelError`` for models, ``RunStopped`` to go on later.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from vilomem.siblings import CORE, NEEDS, check_siblings

if TYPE_CHECKING:
    from vilomem.grading import verify
    from vilomem.jobs import consolidate, evaluate, export, learn, publish
    from vilomem.memory import open_memory, open_store
    from vilomem_core.errors import ModelError, RunStopped, UserError, ViLoMemError
    from vilomem_core.recall.query import Question
    from vilomem_core.settings.tree import Settings
    from vilomem_core.types import Analysis, AnswerType, Case, Image, Verdict

__all__ = [
    "Analysis",
    "AnswerType",
    "Case",
    "Image",
    "ModelError",
    "Question",
    "RunStopped",
    "Settings",
    "UserError",
    "Verdict",
    "ViLoMemError",
    "consolidate",
    "evaluate",
    "export",
    "learn",
    "open_memory",
    "open_store",
    "publish",
    "verify",
]

_HOMES = {
    "vilomem.grading": ("verify",),
    "vilomem.jobs": ("consolidate", "evaluate", "export", "learn", "publish"),
    "vilomem.memory": ("open_memory", "open_store"),
    "vilomem_core.errors": ("ModelError", "RunStopped", "UserError", "ViLoMemError"),
    "vilomem_core.recall.query": ("Question",),
    "vilomem_core.settings.tree": ("Settings",),
    "vilomem_core.types": ("Analysis", "AnswerType", "Case", "Image", "Verdict"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOME_OF[name]
    check_siblings(NEEDS.get(home, CORE))
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
