"""A learner of known blind spots, for demonstrations and tests; it is no language model.

It knows only the exercises that this program draws, and makes each of them again from the case id. Without advice it walks into an
exercise's trap; with a remembered rule against this trap in its prompt it mostly does not. Every reply follows from the options, the
case id, the number of the draw and the advice in the prompt, so that order, concurrency and repetition change nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import TypeVar

from vilomem_core.errors import ReplyMissing, SettingsError
from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.simulation.exercise import Exercise, TrapFamily
from vilomem_core.simulation.families import exercise_of, family_of
from vilomem_core.simulation.lessons import LEAKING, VAGUE, Mention, find_advice, lessons
from vilomem_core.types import Image, Role, Stream, Usage

T = TypeVar("T")

_CHARS_PER_TOKEN = 4  # a usual estimate for English text
_PIXELS_PER_TOKEN = 28 * 28  # one visual token of Qwen2.5-VL
_OPENINGS = (
    "I look at the picture first and then work out what is asked.",
    "Let me note what matters in the image and go on from there.",
    "Step by step:",
)
_MISGUIDED_HOLD = 0.3  # share of cases in which false advice about this very trap wins, also over a true rule beside it


@dataclass(frozen=True, slots=True)
class LearnerSettings:
    """Shares are of 1. The defaults make a learner that starts near 40 % and can reach about 90 %."""

    wrong: float = 0.6
    """Share of cases in which the learner walks into the trap when nothing warns it."""
    heed: float = 0.95
    """Share of those cases in which a remembered rule against the trap saves it."""
    slip: float = 0.03
    """Share of cases in which it writes down a wrong result for no reason."""
    mislead: float = 0.01
    """Chance that one remembered rule about something else leads it astray."""
    poor: float = 0.08
    """Share of the critics' guidelines that are vague or give the answer away."""
    misguided: float = 0.03
    """Share of the critics' guidelines that sound right and are false; no text check can find them."""
    latency_ms: float = 0.0
    """How long every reply takes."""
    seed: int = 0
    """Another seed is another learner: other lucky cases, other wordings."""

    def __post_init__(self) -> None:
        for name in ("wrong", "heed", "slip", "mislead", "poor", "misguided"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise SettingsError(f"simulated learner: {name} must be between 0 and 1, not {getattr(self, name)}.")
        if self.poor + self.misguided > 1.0:
            raise SettingsError("simulated learner: poor and misguided are parts of the same whole and may not exceed 1 together.")
        if not 0.0 <= self.latency_ms < float("inf"):
            raise SettingsError(f"simulated learner: latency_ms must be 0 or more, not {self.latency_ms}.")


class SimulatedModel:
    """Plays every role. ``options`` such as ``wrong=0.6,seed=1`` set fields of ``LearnerSettings`` (or raise ``SettingsError``)."""

    def __init__(self, options: str = "") -> None:
        self._settings = parse_options(options)
        self._name = f"simulated:{options}" if options else "simulated"

    @property
    def name(self) -> str:
        return self._name

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Raises ``ReplyMissing`` for a case that this program did not make, and for texts that it cannot have written."""
        prompt = _prompt(request)
        match request.role:
            case Role.MERGER:
                text = _same_rule(prompt)
            case Role.ABSTRACTER:
                text = _general_rule(prompt)
            case Role.JUDGE:
                text = json.dumps({"correct": None, "reason": "The simulated learner does not judge answers."})
            case _:
                text = self._about_case(request, prompt)
        if self._settings.latency_ms:
            await asyncio.sleep(self._settings.latency_ms / 1000)
        return ChatReply(text, self._name, usage=_usage(request, text, self._settings.latency_ms / 1000))

    async def aclose(self) -> None:
        """Nothing is held."""

    def _about_case(self, request: ChatRequest, prompt: str) -> str:
        case, settings = request.case_id, self._settings
        family, exercise = family_of(case), exercise_of(case)
        chance = _Chance(settings.seed, case, request.sample)
        match request.role:
            case Role.ANALYST:
                return _analysis(family.name, chance)
            case Role.SOLVER:
                return _solve(family, exercise, prompt, settings, chance)
            case Role.VISUAL_CRITIC:
                return _visual_reflection(family, exercise, prompt, settings, chance)
            case _:
                return _logic_reflection(family, exercise, prompt, settings, chance)


def parse_options(options: str) -> LearnerSettings:
    """Reads ``wrong=0.6,latency_ms=0,seed=1``; an empty text gives the defaults. Raises ``SettingsError``."""
    known = {field.name for field in fields(LearnerSettings)}
    values: dict[str, float] = {}
    for entry in filter(None, (part.strip() for part in options.split(","))):
        name, equals, text = (part.strip() for part in entry.partition("="))
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known options: {', '.join(sorted(known))}."
            raise SettingsError(f"simulated learner: unknown option {name!r}.", hint)
        try:
            values[name] = int(text) if name == "seed" else float(text)
        except ValueError:
            raise SettingsError(f"simulated learner: {name} needs a number, not {text!r}.", f"For example {name}=0.") from None
        if not equals:
            raise SettingsError(f"simulated learner: {name} needs a value.", f"For example {name}=0.")
    return LearnerSettings(**values)  # type: ignore[arg-type]  # seed is an int, see above


@dataclass(frozen=True, slots=True)
class _Chance:
    """Repeatable chance in one draw (``sample``) for one case: a number that follows from names, not from a state."""

    seed: int
    case: str
    sample: int = 0

    def __call__(self, what: str) -> float:
        """A number in [0, 1) for a named question, evenly spread over cases."""
        key = f"{self.seed}\0{self.case}\0{self.sample}\0{what}".encode()
        return int.from_bytes(hashlib.blake2b(key, digest_size=6).digest()) / 2**48

    def pick(self, what: str, among: Sequence[T]) -> T:
        return among[int(self(what) * len(among))]


def _analysis(family: str, chance: _Chance) -> str:
    lesson = lessons()[family]
    first = int(chance("concept") * len(lesson.concepts))
    concepts = (lesson.concepts * 2)[first : first + 4]
    return f"Subject: {chance.pick('subject', lesson.subjects)}\nKey Concepts: {', '.join(concepts)}"


def _solve(family: TrapFamily, exercise: Exercise, prompt: str, settings: LearnerSettings, chance: _Chance) -> str:
    """A worked reply that ends in a boxed answer, with or without advice in the prompt."""
    advice = find_advice(prompt)
    if _falls(family.name, advice, settings, chance):
        working, answer = exercise.wrong_way, exercise.trap
    elif _is_misled(family.name, advice, settings, chance):
        answer = exercise.others[0]
        working = f"One of the rules given seems to apply here, although the situation differs. Following it I arrive at {answer}."
    elif chance("slip") < settings.slip:
        answer = exercise.others[-1]
        working = f"{exercise.right_way} I write the result down as {answer}."
    else:
        working, answer = exercise.right_way, exercise.answer
    return f"{chance.pick('opening', _OPENINGS)}\n\n{working}\n\n{_final_line(exercise.written(answer))}"


def _final_line(answer: str) -> str:
    return f"Final answer: \\boxed{{{answer}}}"


def _falls(family: str, advice: tuple[Mention, ...], settings: LearnerSettings, chance: _Chance) -> bool:
    """The same lucky cases stay lucky whatever is remembered, unless false advice on this trap is given."""
    own = {mention.true for mention in advice if mention.family == family}
    if False in own and chance("misguided") < _MISGUIDED_HOLD:
        return True
    if chance("luck") >= settings.wrong:
        return False
    return True not in own or chance("heed") >= settings.heed


def _is_misled(family: str, advice: tuple[Mention, ...], settings: LearnerSettings, chance: _Chance) -> bool:
    return any(chance(f"mislead by {mention.family}") < settings.mislead for mention in advice if mention.family != family)


def _visual_reflection(family: TrapFamily, exercise: Exercise, prompt: str, settings: LearnerSettings, chance: _Chance) -> str:
    blamed = family.stream is Stream.VISUAL and _walked_into_trap(exercise, prompt)
    return json.dumps(
        {
            "is_visual_error": blamed,
            "analysis_summary": _summary(exercise, blamed, "The image was read rightly; the mistake lies elsewhere."),
            "guideline": _guideline(family.name, exercise, settings, chance) if blamed else None,
        }
    )


def _logic_reflection(family: TrapFamily, exercise: Exercise, prompt: str, settings: LearnerSettings, chance: _Chance) -> str:
    blamed = family.stream is Stream.LOGIC and _walked_into_trap(exercise, prompt)
    return json.dumps(
        {
            "error_type": "Logical" if blamed else "Non-Logical",
            "analysis_summary": _summary(exercise, blamed, "Every step follows from the one before; no rule was misused."),
            "guideline": _guideline(family.name, exercise, settings, chance) if blamed else None,
        }
    )


def _walked_into_trap(exercise: Exercise, prompt: str) -> bool:
    """The critics read the reply: a mere slip ends in another answer than the trap's, and teaches nothing."""
    return _final_line(exercise.written(exercise.trap)) in prompt


def _summary(exercise: Exercise, blamed: bool, otherwise: str) -> str:
    return f'The faulty step is: "{exercise.wrong_way}"' if blamed else otherwise


def _guideline(family: str, exercise: Exercise, settings: LearnerSettings, chance: _Chance) -> str:
    """Mostly one of the good wordings; ``settings`` says how often it is useless, or false."""
    lesson, kind = lessons()[family], chance("kind of guideline")
    if kind < settings.poor:
        text = chance.pick("poor guideline", VAGUE + LEAKING)
        return text.format(answer=exercise.answer, trap=exercise.trap) if text in LEAKING else text
    if kind < settings.poor + settings.misguided:
        return lesson.misguided
    return chance.pick("wording", lesson.wordings)


def _same_rule(prompt: str) -> str:
    """Whether the advice in the prompt is all of one rule."""
    found = find_advice(prompt)
    same = len(found) == 1 and found[0].count > 1
    reason = "Both state the same rule." if same else "They do not state one and the same rule."
    return json.dumps({"same": same, "reason": reason})


def _general_rule(prompt: str) -> str:
    """The general wording of the advice that occurs most often in the prompt."""
    found = find_advice(prompt)
    if not found:
        raise ReplyMissing("the simulated learner cannot put into one rule what it did not write itself")
    most = max(found, key=lambda mention: mention.count)
    lesson = lessons()[most.family]
    return json.dumps({"rule": lesson.rule if most.true else lesson.misguided})


def _prompt(request: ChatRequest) -> str:
    return "\n".join(part for message in request.messages for part in message.parts if isinstance(part, str))


def _usage(request: ChatRequest, text: str, seconds: float) -> Usage:
    parts = [part for message in request.messages for part in message.parts]
    seen = sum(
        part.width * part.height // _PIXELS_PER_TOKEN if isinstance(part, Image) else len(part) // _CHARS_PER_TOKEN
        for part in parts
    )
    return Usage(1, seen, len(text) // _CHARS_PER_TOKEN, seconds)
