"""What travels inside verification: the answer that was found, and how it compares with the gold answer."""

from __future__ import annotations

from dataclasses import dataclass


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


NOTHING = Reading()
