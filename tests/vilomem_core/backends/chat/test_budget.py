"""What was spent is counted by role, and stops where it was limited."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.chat import FakeTime, ScriptedModel, a_request
from tests.support.fake_openai import FakeOpenAI
from vilomem_core.backends.chat.budget import Budget, Metered, Spend
from vilomem_core.backends.chat.openai import OpenAIChat
from vilomem_core.errors import ModelUnavailable, RunStopped, SettingsError
from vilomem_core.settings.models import BudgetSettings, EndpointSettings
from vilomem_core.types import Role, Usage

PRICED = EndpointSettings(prompt_price=2.0, completion_price=10.0)
PAID = Usage(calls=1, prompt_tokens=1000, completion_tokens=100, seconds=0.5)


def spend(model: Metered, times: int, role: Role = Role.SOLVER) -> None:
    async def some() -> None:
        for _ in range(times):
            await model.complete(a_request(role=role))

    asyncio.run(some())


def test_spending_is_summed_by_role_with_its_price() -> None:
    budget = Budget(BudgetSettings())
    model = Metered(ScriptedModel(PAID), PRICED, [budget])
    spend(model, 3)
    spend(model, 1, Role.JUDGE)
    assert budget.by_role()[Role.SOLVER] == Spend(Usage(3, 3000, 300, 1.5), pytest.approx(0.009))
    assert budget.by_role()[Role.JUDGE].usage == PAID
    assert budget.total == Spend(Usage(4, 4000, 400, 2.0), pytest.approx(0.012))
    assert model.name == "scripted:model"


@pytest.mark.parametrize(
    ("limit", "answered"),
    [
        ({"max_requests": 3}, 3),
        ({"max_prompt_tokens": 2500}, 3),
        ({"max_completion_tokens": 200}, 2),
        ({"max_cost": 0.0031}, 2),
        ({"max_requests": 0}, 0),
        ({"max_cost": 0.0}, 0),
    ],
)
def test_nothing_is_sent_once_a_limit_is_reached(limit: dict[str, Any], answered: int) -> None:
    inner = ScriptedModel(PAID)
    model = Metered(inner, PRICED, [Budget(BudgetSettings(**limit), "solver")])
    with pytest.raises(RunStopped, match=f"budget of the solver is used up: {next(iter(limit))}"):
        spend(model, 9)
    assert inner.calls == answered


def test_wall_time_is_a_budget() -> None:
    time = FakeTime()
    model = Metered(ScriptedModel(PAID), PRICED, [Budget(BudgetSettings(max_seconds=60.0), now=time.now)])
    spend(model, 2)
    time.time += 60.0
    with pytest.raises(RunStopped, match="max_seconds is 60"):
        spend(model, 1)


def test_requests_under_way_count_so_that_the_limit_is_exact() -> None:
    inner = ScriptedModel(PAID)
    model = Metered(inner, PRICED, [Budget(BudgetSettings(max_requests=10))])

    async def flood() -> list[object]:
        return list(await asyncio.gather(*(model.complete(a_request()) for _ in range(64)), return_exceptions=True))

    outcomes = asyncio.run(flood())
    assert inner.calls == 10
    assert sum(isinstance(outcome, RunStopped) for outcome in outcomes) == 54


def test_a_role_may_stop_before_the_run_does() -> None:
    run, judge = Budget(BudgetSettings(max_requests=5)), Budget(BudgetSettings(max_requests=1), "judge")
    solving = Metered(ScriptedModel(PAID), PRICED, [run])
    judging = Metered(ScriptedModel(PAID), PRICED, [run, judge])
    spend(judging, 1, Role.JUDGE)
    with pytest.raises(RunStopped, match="budget of the judge"):
        spend(judging, 1, Role.JUDGE)
    spend(solving, 4)
    with pytest.raises(RunStopped, match="budget of the run"):
        spend(solving, 1)


def test_failed_requests_cost_nothing() -> None:
    budget = Budget(BudgetSettings(max_requests=1))
    model = Metered(ScriptedModel(ModelUnavailable("gone"), PAID), PRICED, [budget])
    with pytest.raises(ModelUnavailable):
        spend(model, 1)
    assert budget.total == Spend()
    spend(model, 1)
    assert budget.total.usage.calls == 1


def test_what_was_paid_before_a_kill_counts_on() -> None:
    budget = Budget(BudgetSettings(max_requests=5))
    budget.charge(Role.SOLVER, Usage(calls=5), 0.0)
    with pytest.raises(RunStopped):
        budget.check()


def test_retries_and_faults_of_a_real_exchange_are_paid_once() -> None:
    budget = Budget(BudgetSettings())

    async def some() -> None:
        endpoint = EndpointSettings(base_url=fake.base_url, prompt_price=1.0)
        model = Metered(OpenAIChat("tiny", endpoint, FakeTime().clock), endpoint, [budget])
        for number in range(4):
            await model.complete(a_request(f"Question {number}"))
        await model.aclose()

    with FakeOpenAI(script=["429", "ok", "truncated", "500", "ok", "ok"]) as fake:
        asyncio.run(some())
    assert len(fake.received) == 7
    assert budget.total.usage.calls == 4
    assert budget.total.usage.prompt_tokens > 0
    assert budget.total.cost == pytest.approx(budget.total.usage.prompt_tokens / 1e6)


@pytest.mark.parametrize("limit", [{"max_requests": -1}, {"max_cost": float("nan")}, {"max_seconds": float("inf")}])
def test_limits_are_numbers_from_zero_on(limit: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(limit))):
        BudgetSettings(**limit)
