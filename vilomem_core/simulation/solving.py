"""How the simulated learner answers a question, with or without advice in its prompt."""

from __future__ import annotations

from vilomem_core.simulation.chance import Chance
from vilomem_core.simulation.lessons import Mention, find_advice
from vilomem_core.simulation.problem import Problem, TrapFamily
from vilomem_core.simulation.settings import LearnerSettings

_OPENINGS = (
    "I look at the picture first and then work out what is asked.",
    "Let me note what matters in the image and go on from there.",
    "Step by step:",
)
MISGUIDED_HOLD = 0.3  # share of cases in which false advice about this very trap wins, also over a true rule beside it


def solve(family: TrapFamily, problem: Problem, prompt: str, settings: LearnerSettings, chance: Chance) -> str:
    """A worked reply that ends in a boxed answer."""
    advice = find_advice(prompt)
    if _falls(family.name, advice, settings, chance):
        working, answer = problem.wrong_way, problem.trap
    elif _is_misled(family.name, advice, settings, chance):
        answer = problem.others[0]
        working = f"One of the rules given seems to apply here, although the situation differs. Following it I arrive at {answer}."
    elif chance("slip") < settings.slip:
        answer = problem.others[-1]
        working = f"{problem.right_way} I write the result down as {answer}."
    else:
        working, answer = problem.right_way, problem.answer
    return f"{chance.pick('opening', _OPENINGS)}\n\n{working}\n\n{final_line(problem.written(answer))}"


def final_line(answer: str) -> str:
    return f"Final answer: \\boxed{{{answer}}}"


def _falls(family: str, advice: tuple[Mention, ...], settings: LearnerSettings, chance: Chance) -> bool:
    """The same lucky cases stay lucky whatever is remembered, unless false advice on this trap is given."""
    own = {mention.true for mention in advice if mention.family == family}
    if False in own and chance("misguided") < MISGUIDED_HOLD:
        return True
    if chance("luck") >= settings.wrong:
        return False
    return True not in own or chance("heed") >= settings.heed


def _is_misled(family: str, advice: tuple[Mention, ...], settings: LearnerSettings, chance: Chance) -> bool:
    return any(chance(f"mislead by {mention.family}") < settings.mislead for mention in advice if mention.family != family)
