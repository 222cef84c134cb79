"""All families of exercises, and how an exercise is made again from a case id.

A few families stand in each file: each draws the numbers, the wording and the picture of its exercises.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random

from vilomem_core.errors import ReplyMissing
from vilomem_core.simulation.exercise import Exercise, TrapFamily
from vilomem_core.simulation.families import bars, charts, geometry, mixtures, scenes, travel

FAMILIES: tuple[TrapFamily, ...] = (
    *bars.FAMILIES,
    *charts.FAMILIES,
    *scenes.FAMILIES,
    *geometry.FAMILIES,
    *travel.FAMILIES,
    *mixtures.FAMILIES,
)
BY_NAME = {family.name: family for family in FAMILIES}
_PREFIX = "demo-"


def case_id(family: TrapFamily, number: int) -> str:
    """``demo-truncated-axis-0007``"""
    return f"{_PREFIX}{family.name}-{number:04d}"


def family_of(case: str) -> TrapFamily:
    """The family that a case id names. Raises ``ReplyMissing`` for an id that this program did not make."""
    return _parse(case)[0]


@lru_cache(maxsize=2048)  # a case is asked about by analyst, solver, verifier and critics in close order
def exercise_of(case: str) -> Exercise:
    """The exercise that a case id stands for, made again from the id alone. Raises ``ReplyMissing`` as ``family_of`` does."""
    family, number = _parse(case)
    return make_exercise(family, number)


def make_exercise(family: TrapFamily, number: int) -> Exercise:
    """The exercise of that number; the same one in every process and on every machine."""
    return family.make(Random(f"{family.name}:{number}"))


def _parse(case: str) -> tuple[TrapFamily, int]:
    name, _, number = case.removeprefix(_PREFIX).rpartition("-")
    family = BY_NAME.get(name)
    if family is None or not case.startswith(_PREFIX) or not (number.isascii() and number.isdigit()):
        raise ReplyMissing(
            f"the simulated learner knows nothing of case {case[:80]!r}",
            "It answers only the questions that `vilomem demo` draws; use another solver for other data.",
        )
    return family, int(number)
