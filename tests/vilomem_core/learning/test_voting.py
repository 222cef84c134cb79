"""A case without gold answer in the loop: no verdict by default, a vote of samples where it is asked for, and its cost."""

import asyncio

import pytest

from tests.support.chat import a_request
from vilomem_core.errors import ModelUnavailable
from vilomem_core.learning.loop import verdict_on
from vilomem_core.learning.requests import sample_request
from vilomem_core.protocols import ChatReply, ChatRequest, Sampling
from vilomem_core.types import AnswerType, Case, Usage, VerdictStatus
from vilomem_core.verification import VerificationSettings

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
