"""How far a round is, read from real tables: what is left, and counts that hold every case once however often it was tried."""

import pytest

from storage.commit import commit
from storage.staging import stage
from storage.store import Store
from tasks.build_models import loop_plan
from tasks.round_progress import CaseProgress, RoundCounts, another_try, round_progress, works_left
from tests.tasks.engines import engine_settings, works
from tests.tasks.outcomes import attempt_of, failure_of, reflection_of
from vilomem_core.ids import CaseKeys, case_key
from vilomem_core.types import CaseOutcome, Stream, Usage, VerdictStatus

TRIES = 2
PLAN = loop_plan(engine_settings(None), snapshot_id="", arm="learn", round_number=1, reflect=True)
WORKS = works(5)
KEYS = CaseKeys(case_key(work.case) for work in WORKS)


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "store", "lexical", 8, "descriptor", 8) as store:
        store.add_cases([work.case for work in WORKS])
        yield store


def _commit(store, *outcomes):
    folder = store.staging_folder("test")
    stage(folder, f"part-{len(outcomes)}-{outcomes[0].case_key}", outcomes)
    commit(store, folder)


def _outcome(work, status=None, *streams, failures=()):
    attempt_id = PLAN.attempt_id(case_key(work.case))
    attempt = attempt_of(work, status, attempt_id) if status else None
    reflections = tuple(reflection_of(work, stream, Usage(1, 30, 3), attempt_id) for stream in streams)
    return CaseOutcome(case_key(work.case), attempt, reflections, (), tuple(failures))


def _failed(work, stage_name="solve", **values):
    return failure_of(work, stage_name, attempt_id=PLAN.attempt_id(case_key(work.case)), **values)


def test_a_fresh_round_is_all_left_and_a_solved_one_all_done(store):
    fresh = round_progress(store, PLAN, KEYS, TRIES)
    assert (fresh.left, fresh.done) == (KEYS, RoundCounts())
    _commit(store, *(_outcome(work, VerdictStatus.CORRECT) for work in WORKS))
    solved = round_progress(store, PLAN, fresh.left, TRIES, fresh.done)
    assert not solved.left and solved.counts == RoundCounts(cases=5, correct=5, usage=Usage(5, 500, 50))


def test_only_what_another_pass_can_bring_further_is_left_and_every_case_is_counted_once(store):
    right, wrong, halfway, transient, hopeless = WORKS
    _commit(
        store,
        _outcome(right, VerdictStatus.CORRECT),
        _outcome(wrong, VerdictStatus.INCORRECT, Stream.VISUAL, Stream.LOGIC),
        _outcome(halfway, VerdictStatus.INCORRECT, Stream.LOGIC, failures=[_failed(halfway, "reflect_visual")]),
        _outcome(transient, failures=[_failed(transient, usage=Usage(1, 9))]),
        _outcome(hopeless, failures=[_failed(hopeless, retryable=False)]),
    )
    progress = round_progress(store, PLAN, KEYS, TRIES)
    assert list(progress.left) == [case_key(halfway.case), case_key(transient.case)]
    (again, new) = works_left(store, PLAN, list(KEYS), TRIES)
    assert (again.case.id, again.attempt.verdict.status, len(again.reflections), again.tries) == ("case-2", "incorrect", 1, 1)
    assert (new.case.id, new.attempt, new.tries) == ("case-3", None, 1)
    assert progress.counts == RoundCounts(
        cases=5, correct=1, incorrect=2, failed=2, open_critics=1, guidelines=3, usage=Usage(7, 399, 39)
    )

    _commit(
        store,
        _outcome(halfway, VerdictStatus.INCORRECT, Stream.VISUAL, Stream.LOGIC),
        _outcome(transient, failures=[_failed(transient, number=2)]),
    )
    after = round_progress(store, PLAN, progress.left, TRIES, progress.done)
    assert not after.left, "the tries of the one are used up, the other is done"
    assert (after.counts.cases, after.counts.open_critics, after.counts.failed) == (5, 0, 2)
    assert after.counts == round_progress(store, PLAN, KEYS, TRIES).counts


def test_a_complete_round_is_opened_again_only_for_transient_failures_and_more_tries(store):
    lost, hopeless = WORKS[:2]
    _commit(
        store,
        _outcome(lost, failures=[_failed(lost)]),
        _outcome(hopeless, failures=[_failed(hopeless, retryable=False)]),
        *(_outcome(work, VerdictStatus.CORRECT) for work in WORKS[2:]),
    )
    assert not another_try(store, PLAN, KEYS, 1)
    assert another_try(store, PLAN, KEYS, 2)
    assert not another_try(store, PLAN, [case_key(hopeless.case)], 2)


def test_without_reflection_an_incorrect_case_is_done():
    case = CaseProgress("key", attempt_of(WORKS[0], VerdictStatus.INCORRECT), (), ())
    assert case.open_stages(reflect=False) == set()
    assert case.open_stages(reflect=True) == {"reflect_visual", "reflect_logic"}
    assert case.worth_a_try(reflect=True, limit=1) and not case.worth_a_try(reflect=False, limit=1)
