"""The actor's class in this process: what happens inside one worker."""

from __future__ import annotations

import asyncio

import pytest

from tasks.build_models import loop_plan
from tasks.worker_pool import Learner
from tests.support.fake_openai import FakeOpenAI
from tests.tasks.engines import engine_settings, works
from vilomem_core.types import CaseOutcome

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("local_ray")]


def test_two_shards_that_begin_a_round_at_once_are_both_solved() -> None:
    """Both ask for the round's memory, and wait for it: the second must not take the threads away from the first."""

    async def main(settings: object) -> list[CaseOutcome]:
        learner = Learner(settings, {})  # type: ignore[arg-type]
        await learner.load()
        plan = loop_plan(settings, snapshot_id="", arm="test", round_number=1, reflect=True)  # type: ignore[arg-type]
        loop = asyncio.get_running_loop()
        memories = [[loop.create_future(), loop.create_future()] for _ in range(2)]

        async def shard(call: int) -> list[CaseOutcome]:
            await learner.prepare("1", memories[call])
            cases = loop.create_future()
            cases.set_result(works(4))
            solved = learner.solve(call, [cases], range(2 * call, 2 * call + 2))
            return [outcome async for batch in solved for outcome in batch]

        shards = [asyncio.ensure_future(shard(call)) for call in range(2)]
        for parts in (memories[0], memories[1]):  # the second's memory is there only when the first one solves
            await asyncio.sleep(0)
            for part, value in zip(parts, (plan, None), strict=True):
                part.set_result(value)
        outcomes = [outcome for solved in await asyncio.gather(*shards) for outcome in solved]
        assert learner._loop is not None
        learner._loop.close()  # what the end of an actor's process does otherwise
        await learner._models.aclose()
        return outcomes

    with FakeOpenAI(wrong_rate=1.0, latency_s=0.05) as fake:  # the critics' guidelines are embedded on the round's threads
        outcomes = asyncio.run(main(engine_settings(fake)))
    assert [bool(outcome.attempt) and not outcome.failures for outcome in outcomes] == [True] * 4
