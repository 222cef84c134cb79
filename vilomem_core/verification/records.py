"""What travels inside verification: the answer that was found, and how it compares with the gold answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vilomem_core.verification.reply.statements import Statement


@dataclass(frozen=True, slots=True)
class Extraction:
    """The final committed answer of one reply.

    ``answer`` is in normal form: the letter of an option; a number without unit, currency sign and separators (per cent sign kept);
    an expression in sympy-like ASCII; a text in lower case without article and final punctuation. It is None when the reply commits
    to nothing, and ``reason`` then says why. ``rule`` names the place it was found in. ``unit`` is the unit that stood beside
    a number. ``also`` are other spellings of the same commitment: the exact value beside its decimal approximation.
    """

    answer: str | None
    rule: str
    reason: str = ""
    unit: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """``equal`` is None when the rules cannot tell. ``closed`` is False where another wording may still mean the gold answer."""

    equal: bool | None
    method: str
    reason: str = ""
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What a type's reader sees in one stretch of text.

    With ``answer`` it is a commitment. Without one, ``refused`` says that the stretch decides against any answer (two alternatives,
    a letter that is no option); otherwise there is simply nothing to read here.
    """

    answer: str | None = None
    refused: str = ""
    unit: str = ""
    also: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.answer is not None or bool(self.refused)

    def extraction(self, rule: str) -> Extraction:
        """It as what the whole reply commits to, found at the place that ``rule`` names."""
        return Extraction(self.answer, rule, "" if self.answer is not None else self.refused, self.unit, self.also)


NOTHING = Reading()


@dataclass(frozen=True, slots=True)
class Mark:
    """One explicit marker at ``start``: what it marks, how, and what stood before it in its statement."""

    payload: str
    rule: str
    before: str
    start: int


class Reader(Protocol):
    """What one answer type makes of a stretch of text. Every method returns ``NOTHING`` where it sees no answer of its type."""

    def marked(self, mark: Mark, /) -> Reading:
        """What stands behind an explicit marker."""
        ...

    def decision(self, statement: Statement, /) -> Reading:
        """A statement anywhere that decides by its own words ("so it is C", "that makes 8")."""
        ...

    def headline(self, statement: Statement, following: Sequence[Statement], /) -> Reading:
        """The first statement, where an answer may stand before its explanation, which is ``following``."""
        ...

    def opening(self, statement: Statement, restates: bool, /) -> Reading:
        """The first statement of a reply that was cut off later; ``restates``: it says again most of what was asked."""
        ...

    def last(self, statement: Statement, /) -> Reading:
        """A statement at the end of the reply."""
        ...
