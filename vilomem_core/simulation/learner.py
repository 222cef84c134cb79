"""A learner of known blind spots, for demonstrations and tests; it is no language model.

It knows only the problems that this program draws, and makes each of them again from the case id. Without advice it walks into a
problem's trap; with a remembered rule against this trap in its prompt it mostly does not. Every reply follows from the options, the
case id, the number of the draw and the advice in the prompt, so that order, concurrency and repetition change nothing.
"""

from __future__ import annotations

import asyncio
import json

from vilomem_core.errors import ReplyMissing
from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.simulation.chance import Chance
from vilomem_core.simulation.lessons import find_advice, lessons
from vilomem_core.simulation.reflecting import logic_reflection, visual_reflection
from vilomem_core.simulation.registry import family_of, problem_of
from vilomem_core.simulation.settings import parse_options
from vilomem_core.simulation.solving import solve
from vilomem_core.types import Image, Role, Usage

_CHARS_PER_TOKEN = 4  # a usual estimate for English text
_PIXELS_PER_TOKEN = 28 * 28  # one visual token of Qwen2.5-VL


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
        family, problem = family_of(case), problem_of(case)
        chance = Chance(settings.seed, case, request.sample)
        match request.role:
            case Role.ANALYST:
                return _analysis(family.name, chance)
            case Role.SOLVER:
                return solve(family, problem, prompt, settings, chance)
            case Role.VISUAL_CRITIC:
                return visual_reflection(family, problem, prompt, settings, chance)
            case _:
                return logic_reflection(family, problem, prompt, settings, chance)


def _analysis(family: str, chance: Chance) -> str:
    lesson = lessons()[family]
    first = int(chance("concept") * len(lesson.concepts))
    concepts = (lesson.concepts * 2)[first : first + 4]
    return f"Subject: {chance.pick('subject', lesson.subjects)}\nKey Concepts: {', '.join(concepts)}"


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
