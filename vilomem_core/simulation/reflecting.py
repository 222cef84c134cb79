"""What the simulated critics find in a wrong reply: its trap, if the reply walked into it, and a guideline against it."""

from __future__ import annotations

import json

from vilomem_core.simulation.chance import Chance
from vilomem_core.simulation.lessons import LEAKING, VAGUE, lessons
from vilomem_core.simulation.problem import Problem, TrapFamily
from vilomem_core.simulation.settings import LearnerSettings
from vilomem_core.simulation.solving import final_line
from vilomem_core.types import Stream


def visual_reflection(family: TrapFamily, problem: Problem, prompt: str, settings: LearnerSettings, chance: Chance) -> str:
    blamed = family.stream is Stream.VISUAL and _walked_into_trap(problem, prompt)
    return json.dumps(
        {
            "is_visual_error": blamed,
            "analysis_summary": _summary(problem, blamed, "The image was read rightly; the mistake lies elsewhere."),
            "guideline": _guideline(family.name, problem, settings, chance) if blamed else None,
        }
    )


def logic_reflection(family: TrapFamily, problem: Problem, prompt: str, settings: LearnerSettings, chance: Chance) -> str:
    blamed = family.stream is Stream.LOGIC and _walked_into_trap(problem, prompt)
    return json.dumps(
        {
            "error_type": "Logical" if blamed else "Non-Logical",
            "analysis_summary": _summary(problem, blamed, "Every step follows from the one before; no rule was misused."),
            "guideline": _guideline(family.name, problem, settings, chance) if blamed else None,
        }
    )


def _walked_into_trap(problem: Problem, prompt: str) -> bool:
    """The critics read the reply: a mere slip ends in another answer than the trap's, and teaches nothing."""
    return final_line(problem.written(problem.trap)) in prompt


def _summary(problem: Problem, blamed: bool, otherwise: str) -> str:
    return f'The faulty step is: "{problem.wrong_way}"' if blamed else otherwise


def _guideline(family: str, problem: Problem, settings: LearnerSettings, chance: Chance) -> str:
    """Mostly one of the good wordings; ``settings`` says how often it is useless, or false."""
    lesson, kind = lessons()[family], chance("kind of guideline")
    if kind < settings.poor:
        text = chance.pick("poor guideline", VAGUE + LEAKING)
        return text.format(answer=problem.answer, trap=problem.trap) if text in LEAKING else text
    if kind < settings.poor + settings.misguided:
        return lesson.misguided
    return chance.pick("wording", lesson.wordings)
