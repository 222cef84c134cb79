"""What nobody could judge teaches nothing: no critic is asked, and no candidate is written."""

import asyncio

from vilomem_core.backends.descriptor import Descriptor
from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.errors import ModelUnavailable
from vilomem_core.gate.settings import GateSettings
from vilomem_core.heatmaps.settings import HeatmapSettings
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, Embedders, LoopPlan, RoleModels, RoleSampling
from vilomem_core.protocols import ChatReply, ChatRequest, Sampling
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.settings.tree import Settings
from vilomem_core.types import AnswerType, Case, Role, Usage, VerdictStatus
from vilomem_core.verification.settings import VerificationSettings

SIGN = Case("sign", "What is written on the sign?", "stop", AnswerType.TEXT)
NO_GOLD = Case("sign", "How many dots are there?", None, AnswerType.NUMBER)


class Saying:
    """Says one thing whatever it is asked, or fails; keeps the roles that it was asked in."""

    name = "played:model"

    def __init__(self, text: str | Exception) -> None:
        self._text = text
        self.roles: list[Role] = []

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.roles.append(request.role)
        if isinstance(self._text, Exception):
            raise self._text
        return ChatReply(self._text, self.name, usage=Usage(calls=1))

    async def aclose(self) -> None: ...


def _outcome(case, solver, judge=None, **verification):
    critic = Saying("{}")
    each = Sampling()
    plan = LoopPlan(
        settings_digest="set_test",
        snapshot_id="",
        arm="learn",
        round=1,
        reflect=True,
        sampling=RoleSampling(each, each, each, each),
        verification=VerificationSettings(**verification),
        gate=GateSettings(),
        recall=RecallSettings(),
        heatmap=HeatmapSettings(),
    )
    models = RoleModels(solver, critic, critic, critic, judge)
    loop = CaseLoop(plan, models, Embedders(LexicalEmbedder(), Descriptor()), None)
    return asyncio.run(loop.advance(CaseWork(case))), critic


def test_an_outage_of_the_judge_leaves_an_undetermined_attempt_and_no_lesson():
    for judge in (Saying(ModelUnavailable("the server answered 503")), Saying("I like turtles.")):
        outcome, critic = _outcome(SIGN, Saying("halt"), judge)
        assert outcome.attempt.verdict.status is VerdictStatus.UNDETERMINED and outcome.attempt.verdict.reason
        assert judge.roles == [Role.JUDGE] and critic.roles == []
        assert outcome.reflections == () and outcome.candidates == ()


def test_a_case_without_gold_answer_teaches_nothing():
    outcome, critic = _outcome(NO_GOLD, Saying("7"))
    assert outcome.attempt.verdict.status is VerdictStatus.UNDETERMINED
    assert critic.roles == [] and outcome.candidates == ()


def test_the_samples_of_a_vote_are_counted_in_the_attempt():
    solver = Saying("The answer is 7.")
    outcome, _ = _outcome(NO_GOLD, solver, self_consistency_samples=4)
    verdict = outcome.attempt.verdict
    assert (verdict.status, verdict.method) == (VerdictStatus.CORRECT, "self-consistency 4/4")
    assert outcome.attempt.usage.calls == 5 and solver.roles == [Role.SOLVER] * 5


def test_nobody_judges_unless_the_settings_name_a_judge():
    assert not Settings().roles.judge.model
    outcome, critic = _outcome(SIGN, Saying("stop"))
    assert outcome.attempt.verdict.status is VerdictStatus.CORRECT and critic.roles == []
