"""Questions with their images, and what verification says of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class AnswerType(StrEnum):
    CHOICE = "choice"
    NUMBER = "number"
    EXPRESSION = "expression"
    TEXT = "text"


class VerdictStatus(StrEnum):
    """``UNDETERMINED`` means that neither could be established; only ``INCORRECT`` may write memory."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Image:
    """One decoded-and-checked picture, as it is sent to models.

    ``sha256`` is of ``data``; ``width`` and ``height`` are pixels after EXIF rotation; ``media_type`` follows the content.
    """

    sha256: str
    media_type: str
    width: int
    height: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its images and gold answer.

    ``answer`` of a choice case is the text of one of ``options``; ``tolerance`` is relative (0.05 = 5 %); ``answer`` is None only
    where a reader was told to accept questions without gold.
    """

    id: str
    question: str
    answer: str | None
    answer_type: AnswerType
    options: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    tolerance: float | None = None
    subject: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""

    @property
    def answer_letter(self) -> str | None:
        """The letter of the gold option (A for the first), or None when this is not a choice case with gold."""
        if self.answer_type is not AnswerType.CHOICE or self.answer is None:
            return None
        return option_letter(self.options.index(self.answer))


def option_letter(index: int) -> str:
    """A, B, … Z, AA, AB, … for option 0, 1, … 25, 26, 27, …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Usage:
    """What calls cost. ``seconds`` is time spent waiting for models, summed over calls."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification says of one reply. ``extracted`` is the committed answer in normal form, None if there is none."""

    status: VerdictStatus
    method: str
    extracted: str | None = None
    reason: str = ""
    usage: Usage = Usage()
