"""The verdict on a solver's reply: by the gold answer, or, where there is none and it is asked for, by the vote of more samples."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from vilomem_core.protocols import ChatModel, ChatRequest
from vilomem_core.types import Case, Usage, Verdict
from vilomem_core.verification import VerificationSettings, verify_by_majority, verify_with_judge

VOTING_TEMPERATURE = 0.7  # greedy samples would all be the reply that is voted on


async def verdict_on(
    case: Case, request: ChatRequest, reply: str, settings: VerificationSettings, solver: ChatModel, judge: ChatModel | None
) -> tuple[Verdict, Usage]:
    """The verdict on ``reply`` to ``request``, and what the samples of a vote cost.

    Raises ``ModelError`` when the solver fails on a sample: a vote with a voter missing is no vote.
    """
    count = settings.self_consistency_samples
    if case.answer is not None or not count:
        return await verify_with_judge(case, reply, settings, judge), Usage()
    samples = await asyncio.gather(*(solver.complete(sample_request(request, number)) for number in range(1, count + 1)))
    verdict = await asyncio.to_thread(verify_by_majority, case, reply, [sample.text for sample in samples], settings)
    return verdict, sum((sample.usage for sample in samples), Usage())


def sample_request(request: ChatRequest, number: int) -> ChatRequest:
    """``request`` as sample ``number``, drawn with temperature and a seed of its own where seeds are set."""
    sampling = request.sampling
    seed = None if sampling.seed is None else sampling.seed + number
    return replace(
        request, sampling=replace(sampling, temperature=max(sampling.temperature, VOTING_TEMPERATURE), seed=seed), sample=number
    )
