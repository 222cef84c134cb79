"""What can be learnt about each trap: the wordings of its rule, and finding them again in a text.

``lessons.json`` holds, per family, the names an analyst may give to such exercises, nine wordings of the rule as different runs of a
critic would put it, one general wording as an abstraction would put it, and one piece of misguided advice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Lesson:
    """Texts about one trap family; ``rule`` is the general wording, ``misguided`` the false advice."""

    family: str
    subjects: tuple[str, ...]
    concepts: tuple[str, ...]
    wordings: tuple[str, ...]
    rule: str
    misguided: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A known advice found in a text: of which family, whether it is the true rule, and how often any wording of it occurs."""

    family: str
    true: bool
    count: int


# Advice that a quality gate should turn away; the marks are filled with the exercise's own answer
VAGUE = (
    "Look at the picture more carefully before answering.",
    "Think step by step and check the result.",
    "Pay attention to all details of the problem and avoid mistakes.",
    "Be careful with questions of this kind.",
    "Always make sure that the answer is right before giving it.",
)
LEAKING = (
    "The correct answer is {answer}.",
    "For this question the answer is {answer} and not {trap}.",
    "Choose {answer} here, since {trap} is wrong.",
)


@cache
def lessons() -> dict[str, Lesson]:
    """All lessons by family name."""
    raw = json.loads((files(__package__) / "lessons.json").read_text(encoding="utf-8"))
    return {
        name: Lesson(
            name, tuple(entry["subjects"]), tuple(entry["concepts"]), tuple(entry["wordings"]), entry["rule"], entry["misguided"]
        )
        for name, entry in raw.items()
    }


def find_advice(text: str) -> tuple[Mention, ...]:
    """Every known advice in ``text``, whatever its line breaks and capitals, in the order of the families."""
    return tuple(_mentions(_plain(text)))


def _mentions(plain: str) -> Iterator[Mention]:
    for family, true, wordings in _plain_wordings():
        count = sum(plain.count(wording) for wording in wordings if wording in plain)
        if count:
            yield Mention(family, true, count)


@cache
def _plain_wordings() -> tuple[tuple[str, bool, tuple[str, ...]], ...]:
    found = []
    for name, lesson in lessons().items():
        found.append((name, True, tuple(map(_plain, (*lesson.wordings, lesson.rule)))))
        found.append((name, False, (_plain(lesson.misguided),)))
    return tuple(found)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
