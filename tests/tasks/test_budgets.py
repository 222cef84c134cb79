"""What outcomes cost, charged to the run and to the role that was asked; what an earlier pass had paid is not charged again."""

from dataclasses import replace

from tasks.budgets import Budgets
from tests.tasks.engines import engine_settings, works
from tests.tasks.outcomes import attempt_of, failure_of, reflection_of
from vilomem_core.learning.plan import CaseWork
from vilomem_core.types import CaseOutcome, Role, Stream, Usage, VerdictStatus

CRITIC = Usage(1, 30, 3)


def _outcome(work, attempt, *reflections, failures=()):
    return CaseOutcome(attempt.case_key if attempt else "", attempt, reflections, (), tuple(failures))


def _calls(budgets):
    return {role: spend.usage.calls for role, spend in budgets.run.by_role().items()}


def test_an_outcome_is_charged_by_role_at_the_prices_of_the_roles_endpoint():
    prices = {"endpoint__prompt_price": 1e6, "roles__judge__endpoint__prompt_price": 2e6}
    budgets = Budgets(engine_settings(None, **prices))
    (work,) = works(1)
    attempt = replace(attempt_of(work, VerdictStatus.CORRECT), analysis_usage=Usage(1, 7))
    attempt = replace(attempt, verdict=replace(attempt.verdict, usage=Usage(1, 10)))
    budgets.charge_outcome(work, _outcome(work, attempt))
    spent = budgets.run.by_role()
    assert {role: spend.cost for role, spend in spent.items()} == {Role.SOLVER: 100.0, Role.ANALYST: 7.0, Role.JUDGE: 20.0}
    assert budgets.run.total.usage.calls == 3


def test_what_an_earlier_pass_had_paid_is_not_charged_again():
    budgets = Budgets(engine_settings(None))
    (work,) = works(1)
    attempt, visual = attempt_of(work, VerdictStatus.INCORRECT), reflection_of(work, Stream.VISUAL, CRITIC)
    known = CaseWork(work.case, attempt, (visual,), 1)
    analysed = replace(attempt, analysis_usage=attempt.analysis_usage + Usage(1, 7))
    budgets.charge_outcome(known, _outcome(known, analysed, visual, reflection_of(work, Stream.LOGIC, CRITIC)))
    assert _calls(budgets) == {Role.ANALYST: 1, Role.LOGIC_CRITIC: 1}


def test_unusable_replies_are_charged_to_the_role_that_gave_them():
    budgets = Budgets(engine_settings(None))
    (work,) = works(1)
    failures = (
        failure_of(work, Role.VISUAL_CRITIC.value, usage=CRITIC),
        failure_of(work, "solve", usage=Usage(2, 5), analysis_usage=Usage(1, 7)),
        failure_of(work, "internal"),  # asked nobody
    )
    budgets.charge_outcome(work, _outcome(work, None, failures=failures))
    assert _calls(budgets) == {Role.VISUAL_CRITIC: 1, Role.SOLVER: 2, Role.ANALYST: 1}


def test_a_limit_that_is_reached_is_told_with_the_name_of_its_budget():
    budgets = Budgets(engine_settings(None, roles__logic_critic__budget__max_requests=1))
    (work,) = works(1)
    attempt = attempt_of(work, VerdictStatus.INCORRECT)
    budgets.charge_outcome(work, _outcome(work, attempt))
    assert budgets.exhausted() == ""
    budgets.charge_outcome(CaseWork(work.case, attempt), _outcome(work, attempt, reflection_of(work, Stream.LOGIC, CRITIC)))
    assert budgets.exhausted().startswith("The budget of the role logic_critic is used up: max_requests is 1")
