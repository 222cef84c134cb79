"""What nobody could judge teaches nothing, and the vote of samples that may judge a case without gold answer."""

import asyncio
from contextlib import closing

import pytest

from tests.support.chat import a_request
from tests.vilomem_core.learning.plans import plan_with
from vilomem_core.backends.descriptor import Descriptor
from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.errors import ModelUnavailable
from vilomem_core.learning.loop import CaseLoop, verdict_on
from vilomem_core.learning.plan import CaseWork, Embedders, RoleModels
from vilomem_core.learning.requests import sample_request
from vilomem_core.protocols import ChatReply, ChatRequest, Sampling
from vilomem_core.settings.tree import Settings
from vilomem_core.types import AnswerType, Case, Role, Usage, VerdictStatus
from vilomem_core.verification import VerificationSettings

SIGN = Case("sign", "What is written on the sign?", "stop", AnswerType.TEXT)
OPEN = Case("open", "How many dots are there?", None, AnswerType.NUMBER)
CLOSED = Case("closed", "How many dots are there?", "7", AnswerType.NUMBER)


class Solver:
    """Says one reply after the other; an error among them is raised."""

    name = "played:solver"

    def __init__(self, *replies: str | Exception) -> None:
        self.replies = list(replies)
        self.requests: list[ChatRequest] = []

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.requests.append(request)
        reply = self.replies[request.sample - 1]
        if isinstance(reply, Exception):
            raise reply
        return ChatReply(reply, self.name, usage=Usage(calls=1, completion_tokens=5))

    async def aclose(self) -> None: ...


def _verdict(case: Case, solver: Solver, samples: int):
    settings = VerificationSettings(self_consistency_samples=samples)
    return asyncio.run(verdict_on(case, a_request(case_id=case.id), "The answer is 7.", settings, solver, None))


def test_without_a_vote_a_case_without_gold_answer_is_undetermined_and_costs_nothing():
    solver = Solver()
    verdict, usage = _verdict(OPEN, solver, 0)
    assert verdict.status is VerdictStatus.UNDETERMINED and usage == Usage() and not solver.requests


def test_a_vote_is_recorded_as_the_method_and_its_samples_are_paid_for():
    solver = Solver("7", "It is 7.", "8")
    verdict, usage = _verdict(OPEN, solver, 3)
    assert (verdict.status, verdict.method) == (VerdictStatus.CORRECT, "self-consistency 2/3")
    assert usage == Usage(calls=3, completion_tokens=15)


def test_a_gold_answer_needs_no_vote():
    solver = Solver()
    verdict, usage = _verdict(CLOSED, solver, 5)
    assert verdict.status is VerdictStatus.CORRECT and usage == Usage() and not solver.requests


def test_an_outage_of_one_sample_is_no_verdict():
    with pytest.raises(ModelUnavailable):
        _verdict(OPEN, Solver("7", ModelUnavailable("the server answered 503"), "7"), 3)


def test_samples_differ_from_the_reply_and_from_each_other():
    request = a_request(sampling=Sampling(temperature=0.0, seed=10))
    first, second = sample_request(request, 1), sample_request(request, 2)
    assert first.sampling.temperature > 0 and (first.sample, second.sample) == (1, 2)
    assert (first.sampling.seed, second.sampling.seed) == (11, 12)
    assert sample_request(a_request(), 1).sampling.seed is None


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
    plan = plan_with(verification=VerificationSettings(**verification))
    models = RoleModels(solver, critic, critic, critic, judge)
    with closing(CaseLoop(plan, models, Embedders(LexicalEmbedder(), Descriptor()), None)) as loop:
        return asyncio.run(loop.advance(CaseWork(case))), critic


def test_an_outage_of_the_judge_leaves_an_undetermined_attempt_and_no_lesson():
    for judge in (Saying(ModelUnavailable("the server answered 503")), Saying("I like turtles.")):
        outcome, critic = _outcome(SIGN, Saying("halt"), judge)
        assert outcome.attempt.verdict.status is VerdictStatus.UNDETERMINED and outcome.attempt.verdict.reason
        assert judge.roles == [Role.JUDGE] and critic.roles == []
        assert outcome.reflections == () and outcome.candidates == ()


def test_a_case_without_gold_answer_teaches_nothing():
    outcome, critic = _outcome(OPEN, Saying("7"))
    assert outcome.attempt.verdict.status is VerdictStatus.UNDETERMINED
    assert critic.roles == [] and outcome.candidates == ()


def test_the_samples_of_a_vote_are_counted_in_the_attempt():
    solver = Saying("The answer is 7.")
    outcome, _ = _outcome(OPEN, solver, self_consistency_samples=4)
    verdict = outcome.attempt.verdict
    assert (verdict.status, verdict.method) == (VerdictStatus.CORRECT, "self-consistency 4/4")
    assert outcome.attempt.usage.calls == 5 and solver.roles == [Role.SOLVER] * 5


def test_nobody_judges_unless_the_settings_name_a_judge():
    assert not Settings().roles.judge.model
    outcome, critic = _outcome(SIGN, Saying("stop"))
    assert outcome.attempt.verdict.status is VerdictStatus.CORRECT and critic.roles == []
