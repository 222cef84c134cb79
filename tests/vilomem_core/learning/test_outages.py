"""What an outage in the middle of a case leaves behind: failures and open ends, never a lesson of less worth."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.vilomem_core.learning.conftest import MakeLoop
from tests.vilomem_core.learning.plans import PLAN
from vilomem_core.backends.chat.failures import EmptyReply
from vilomem_core.backends.descriptor import Descriptor
from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.errors import ModelError, ModelUnavailable, ReplyUnusable
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, Embedders, RoleModels
from vilomem_core.learning.shard import CaseSlots, ShardRun
from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.simulation import demo_cases
from vilomem_core.simulation.learner import SimulatedModel
from vilomem_core.types import F32, CaseOutcome, Image, Role, Usage, VerdictStatus

EMBEDDERS = Embedders(LexicalEmbedder(), Descriptor())


class AwayAtFirst:
    """A model whose server is away at its first request."""

    def __init__(self) -> None:
        self._model = SimulatedModel("wrong=1")
        self._away = True

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        if self._away:
            self._away = False
            raise ModelUnavailable("the server answered 503")
        return await self._model.complete(request)

    async def aclose(self) -> None: ...


def _advance(loop: CaseLoop, work: CaseWork) -> CaseOutcome:
    return asyncio.run(loop.advance(work))


def _wrong_case(loop: CaseLoop) -> tuple[CaseWork, CaseOutcome]:
    for case in demo_cases(32):
        outcome = _advance(loop, CaseWork(case))
        if outcome.attempt is not None and outcome.attempt.verdict.status is VerdictStatus.INCORRECT:
            return CaseWork(case, outcome.attempt, outcome.reflections, 1), outcome
    raise AssertionError("the simulated learner makes mistakes")


def test_a_guideline_waits_for_the_analysis_that_it_is_filed_under(make_loop: MakeLoop) -> None:
    critic = SimulatedModel("wrong=1")
    loop = make_loop(PLAN, RoleModels(SimulatedModel("wrong=1"), AwayAtFirst(), critic, critic), EMBEDDERS, None)
    work, outcome = _wrong_case(loop)
    assert not outcome.reflections and not outcome.candidates
    assert [failure.stage for failure in outcome.failures] == [Role.ANALYST.value]

    again = _advance(loop, work)
    assert again.attempt is not None and again.attempt.analysis is not None
    assert not again.failures and len(again.reflections) == 2
    assert all(candidate.key_concepts == again.attempt.analysis.key_concepts for candidate in again.candidates)


class Mumbling(SimulatedModel):
    """A model whose replies cost something and hold nothing."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        return ChatReply("hm", self.name, usage=Usage(1, 100, 10, 0.5))


def test_a_reply_that_holds_nothing_was_paid_for_all_the_same(make_loop: MakeLoop) -> None:
    other = SimulatedModel("wrong=1")
    loop = make_loop(PLAN, RoleModels(SimulatedModel("wrong=1"), other, Mumbling(), other), EMBEDDERS, None)
    _, outcome = _wrong_case(loop)
    (failure,) = outcome.failures
    assert failure.stage == Role.VISUAL_CRITIC.value and failure.error == "ReplyUnusable"
    assert failure.usage == Usage(1, 100, 10, 0.5) and failure.round == 1


def test_a_critic_that_was_away_is_asked_again_and_the_other_is_not(make_loop: MakeLoop) -> None:
    other = SimulatedModel("wrong=1")
    loop = make_loop(PLAN, RoleModels(SimulatedModel("wrong=1"), other, AwayAtFirst(), other), EMBEDDERS, None)
    work, outcome = _wrong_case(loop)
    assert [failure.stage for failure in outcome.failures] == [Role.VISUAL_CRITIC.value]
    assert len(outcome.reflections) == 1

    again = _advance(loop, work)
    assert not again.failures
    assert outcome.reflections[0] in again.reflections and len(again.reflections) == 2


class Panicking(Descriptor):
    """A compiled library that gives up: what it raises is no ``Exception``."""

    class Panic(BaseException): ...

    def embed(self, images: Sequence[Image]) -> F32:
        raise self.Panic("unreachable code was reached")


def test_a_library_that_gives_up_fails_its_case_and_the_shard_ends(caplog: pytest.LogCaptureFixture, make_loop: MakeLoop) -> None:
    model = SimulatedModel("wrong=1")

    async def shard() -> list[CaseOutcome]:
        loop = make_loop(PLAN, RoleModels(model, model, model, model), Embedders(LexicalEmbedder(), Panicking()), None)
        run = ShardRun(loop, [CaseWork(case) for case in demo_cases(2)], CaseSlots(2))
        async with asyncio.timeout(60):
            return [outcome for _ in range(3) for outcome in await run.batch(1, 0.0)]

    outcomes = asyncio.run(shard())
    assert [[failure.stage for failure in outcome.failures] for outcome in outcomes] == [["internal"], ["internal"]]
    assert "unreachable code" in outcomes[0].failures[0].message


class EmptyAnalyst:
    """An analyst whose replies hold nothing, and are paid for; the other roles answer."""

    def __init__(self, error: ModelError) -> None:
        self._model = SimulatedModel("wrong=1")
        self._error = error

    name = "empty"

    async def complete(self, request: ChatRequest) -> ChatReply:
        if request.role is Role.ANALYST:
            raise self._error.costing(Usage(3, 300, 30, 1.0))
        return await self._model.complete(request)

    async def aclose(self) -> None: ...


@pytest.mark.parametrize("error", [EmptyReply("nothing"), ReplyUnusable("cut off")])
def test_what_an_analyst_cost_is_the_analysts_also_when_it_was_unusable(error: ModelError, make_loop: MakeLoop) -> None:
    model = EmptyAnalyst(error)
    loop = make_loop(PLAN, RoleModels(model, model, model, model), EMBEDDERS, None)
    (case,) = demo_cases(1)
    outcome = _advance(loop, CaseWork(case))
    assert outcome.attempt is not None
    paid = outcome.attempt.analysis_usage + sum((failure.analysis_usage for failure in outcome.failures), Usage())
    assert (paid.calls, paid.prompt_tokens) == (3, 300)
    assert sum((failure.usage for failure in outcome.failures), Usage()).calls == 0
