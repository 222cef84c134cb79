"""What an outage in the middle of a case leaves behind: failures and open ends, never a lesson of less worth."""

import asyncio

from vilomem_core.backends.descriptor import Descriptor
from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.errors import ModelUnavailable
from vilomem_core.gate.settings import GateSettings
from vilomem_core.heatmaps.settings import HeatmapSettings
from vilomem_core.learning.cast import Cast, Senses
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, LoopPlan, RoleSampling
from vilomem_core.protocols import ChatReply, ChatRequest, Sampling
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.simulation import demo_cases
from vilomem_core.simulation.learner import SimulatedModel
from vilomem_core.types import CaseOutcome, Role, Usage, VerdictStatus
from vilomem_core.verification.settings import VerificationSettings

SENSES = Senses(LexicalEmbedder(), Descriptor())


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


def _plan() -> LoopPlan:
    each = Sampling()
    return LoopPlan(
        settings_digest="set_test",
        snapshot_id="",
        arm="learn",
        round=1,
        reflect=True,
        sampling=RoleSampling(each, each, each, each),
        verification=VerificationSettings(),
        gate=GateSettings(),
        recall=RecallSettings(),
        heatmap=HeatmapSettings(),
    )


def _advance(loop: CaseLoop, work: CaseWork) -> CaseOutcome:
    return asyncio.run(loop.advance(work))


def _wrong_case(loop: CaseLoop) -> tuple[CaseWork, CaseOutcome]:
    for case in demo_cases(32):
        outcome = _advance(loop, CaseWork(case))
        if outcome.attempt is not None and outcome.attempt.verdict.status is VerdictStatus.INCORRECT:
            return CaseWork(case, outcome.attempt, outcome.reflections, 1), outcome
    raise AssertionError("the simulated learner makes mistakes")


def test_a_guideline_waits_for_the_analysis_that_it_is_filed_under():
    critic = SimulatedModel("wrong=1")
    loop = CaseLoop(_plan(), Cast(SimulatedModel("wrong=1"), AwayAtFirst(), critic, critic), SENSES, None)
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


def test_a_reply_that_holds_nothing_was_paid_for_all_the_same():
    other = SimulatedModel("wrong=1")
    loop = CaseLoop(_plan(), Cast(SimulatedModel("wrong=1"), other, Mumbling(), other), SENSES, None)
    _, outcome = _wrong_case(loop)
    (failure,) = outcome.failures
    assert failure.stage == Role.VISUAL_CRITIC.value and failure.error == "ReplyUnusable"
    assert failure.usage == Usage(1, 100, 10, 0.5) and failure.round == 1


def test_a_critic_that_was_away_is_asked_again_and_the_other_is_not():
    other = SimulatedModel("wrong=1")
    loop = CaseLoop(_plan(), Cast(SimulatedModel("wrong=1"), other, AwayAtFirst(), other), SENSES, None)
    work, outcome = _wrong_case(loop)
    assert [failure.stage for failure in outcome.failures] == [Role.VISUAL_CRITIC.value]
    assert len(outcome.reflections) == 1

    again = _advance(loop, work)
    assert not again.failures
    assert outcome.reflections[0] in again.reflections and len(again.reflections) == 2
