"""A made-up exercise with a known trap, and the family it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from vilomem_core.simulation.canvas import Canvas
from vilomem_core.types import AnswerType, Stream, option_letter

MAX_OPTIONS = 4


@dataclass(frozen=True, slots=True)
class Exercise:
    """A question with its right answer, the answer that the trap leads to, and how one gets to either.

    ``trap`` and every text of ``others`` are wrong; ``others`` is never empty. ``draw`` paints the picture when
    somebody asks for it. ``right_way`` and ``wrong_way`` are the workings that end in ``answer`` and ``trap``.
    """

    question: str
    answer: str
    trap: str
    others: tuple[str, ...]
    answer_type: AnswerType
    options: tuple[str, ...]
    right_way: str
    wrong_way: str
    draw: Callable[[Canvas], None]

    def written(self, answer: str) -> str:
        """``answer`` as a solver is asked to give it: the letter of its option, or itself."""
        return option_letter(self.options.index(answer)) if self.options else answer


@dataclass(frozen=True, slots=True)
class TrapFamily:
    """Exercises that share one trap. ``make`` draws the numbers and words of an exercise from a random source."""

    name: str
    stream: Stream
    make: Callable[[Random], Exercise]


@dataclass(frozen=True, slots=True)
class Answers:
    """The right answer, the trap's and some more wrong ones, and in which forms the question may be put."""

    right: str
    trap: str
    others: tuple[str, ...]
    form: AnswerType


def whole_numbers(
    rng: Random, right: int, trap: int, others: tuple[int, ...], unit: str = "", choice_share: float = 0.4
) -> Answers:
    """Answers that are whole numbers: options with their unit in a ``choice_share`` of cases, else bare numbers."""
    near = (right + 1, right + 2, right - 1, right + 3, right + 5)
    wrong = tuple(dict.fromkeys(value for value in (*others, *near) if value not in {right, trap} and value > 0))
    if rng.random() < choice_share:
        return Answers(f"{right}{unit}", f"{trap}{unit}", tuple(f"{value}{unit}" for value in wrong[:2]), AnswerType.CHOICE)
    return Answers(str(right), str(trap), tuple(map(str, wrong[:2])), AnswerType.NUMBER)


def word_answers(rng: Random, right: str, trap: str, others: tuple[str, ...], choice_share: float = 0.5) -> Answers:
    """Answers that are words: options with ``choice_share``, else a few words are asked for."""
    form = AnswerType.CHOICE if rng.random() < choice_share else AnswerType.TEXT
    return Answers(right, trap, tuple(other for other in dict.fromkeys(others) if other not in {right, trap}), form)


def build(rng: Random, question: str, answers: Answers, right_way: str, wrong_way: str, draw: Callable[[Canvas], None]) -> Exercise:
    """An exercise from its parts; the options of a choice are shuffled."""
    options: tuple[str, ...] = ()
    if answers.form is AnswerType.CHOICE:
        shown = [answers.right, answers.trap, *answers.others][:MAX_OPTIONS]
        rng.shuffle(shown)
        options = tuple(shown)
    others = tuple(other for other in answers.others if not options or other in options)
    return Exercise(question, answers.right, answers.trap, others, answers.form, options, right_way, wrong_way, draw)
