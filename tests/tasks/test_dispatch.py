"""Actors that die, errors that cross processes, and a clean end, on a real Ray and a fake server."""

from threading import Event

import pytest
import ray

from tasks.build_models import loop_plan
from tasks.dispatch import ShardAttempts
from tasks.worker_pool import WorkerPool, start_learner
from tests.support.fake_openai import FakeOpenAI, default_reply
from tests.support.processes import kill, learners
from tests.tasks.engines import engine_of, engine_settings, works
from vilomem_core.errors import RunStopped, SettingsError

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("local_ray")]
POISON = "What is 5 "


def _answered(fake):
    return [part for request in fake.received for part in request.parts if "What is" in part]


def test_a_case_that_kills_its_process_is_found_and_recorded_and_the_others_are_solved():
    deaths = []

    def reply(request):
        if any(POISON in part for part in request.parts):
            deaths.append(learners())
            kill(deaths[-1])
        return default_reply(request, 0)

    with FakeOpenAI(reply=reply) as fake, engine_of(engine_settings(fake)) as engine:
        outcomes = list(engine.outcomes(works(12), Event()))
    assert sorted(outcome.attempt.case_id for outcome in outcomes if outcome.attempt) == sorted(
        f"case-{i}" for i in range(12) if i != 5
    )
    (poisoned,) = [outcome for outcome in outcomes if outcome.attempt is None]
    (failure,) = poisoned.failures
    assert (failure.case_id, failure.stage, failure.error, failure.retryable) == ("case-5", "actor", "CaseKilledActor", False)
    assert len(deaths) == 3  # once among others, twice alone


def test_an_actor_that_dies_between_shards_is_replaced_and_no_case_is_blamed():
    with FakeOpenAI(latency_s=0.05) as fake, engine_of(engine_settings(fake)) as engine:
        list(engine.outcomes(works(2), Event()))
        kill(learners())
        fake.received.clear()
        fake.peak_in_flight = 0
        outcomes = list(engine.outcomes(works(12), Event()))
    assert len(outcomes) == 12 and all(outcome.attempt and not outcome.failures for outcome in outcomes)
    assert fake.peak_in_flight > 1  # not one by one, as suspects are


def test_what_came_back_before_an_actor_died_is_not_solved_again():
    with FakeOpenAI(latency_s=0.05, wrong_rate=0.0) as fake, engine_of(engine_settings(fake)) as engine:
        outcomes = []
        for outcome in engine.outcomes(works(40), Event()):
            outcomes.append(outcome)
            if len(outcomes) == 8:
                kill(learners())
    assert sorted(outcome.attempt.case_id for outcome in outcomes) == sorted(f"case-{i}" for i in range(40))
    assert len(_answered(fake)) <= 40 + 4 + 16  # cases that were under way, or had ended and were not sent yet


def test_errors_of_back_ends_arrive_as_they_were_raised():
    with (
        FakeOpenAI(api_key="another") as fake,
        engine_of(engine_settings(fake)) as engine,
        pytest.raises(SettingsError, match="API key") as caught,
    ):
        list(engine.outcomes(works(3), Event()))
    assert "Traceback" not in str(caught.value) and caught.value.hint


def test_a_model_that_cannot_be_built_is_a_settings_error_and_not_a_dead_actor():
    settings = engine_settings(None, roles__solver__model="recorded:nowhere.jsonl?model=x")
    with engine_of(settings) as engine, pytest.raises(SettingsError, match="nowhere"):
        list(engine.outcomes(works(1), Event()))


@pytest.mark.parametrize("kind", ["ray", "inline"])
def test_a_server_that_stays_down_ends_the_run_and_keeps_what_was_solved(kind):
    impatient = {"outage_patience_s": 0.2, "breaker_failures": 2, "breaker_cooldown_s": 0.1, "max_retries": 0}
    settings = {f"endpoint__{name}": value for name, value in impatient.items()}
    settings["engine__kind"], settings["engine__in_flight"] = kind, 1
    outcomes = []
    with (
        FakeOpenAI(script=["ok"] * 5 + ["500"] * 500, wrong_rate=0.0) as fake,
        engine_of(engine_settings(fake, **settings)) as engine,
        pytest.raises(RunStopped, match="outage_patience_s"),
    ):
        outcomes.extend(engine.outcomes(works(9), Event()))
    assert len([outcome for outcome in outcomes if outcome.attempt]) == 5


@pytest.mark.parametrize("kind", ["ray", "inline"])
def test_after_a_stop_request_what_is_under_way_comes_back_and_nothing_is_started(kind):
    stop = Event()
    with FakeOpenAI(latency_s=0.05, wrong_rate=0.0) as fake, engine_of(engine_settings(fake, engine__kind=kind)) as engine:
        outcomes = []
        for outcome in engine.outcomes(works(400), stop):
            outcomes.append(outcome)
            stop.set()
    assert len(outcomes) == len(_answered(fake)) < 400  # every request that was paid for gave a row


def test_a_late_case_is_taken_up_by_an_idle_actor_and_comes_back_once():
    settings = {"engine__actors": 2, "engine__straggler_s": 2.0, "endpoint__timeout_s": 3600.0}
    with FakeOpenAI(script=["hang"], wrong_rate=0.0) as fake, engine_of(engine_settings(fake, **settings)) as engine:
        outcomes = list(engine.outcomes(works(6), Event()))
        again = list(engine.outcomes(works(6), Event()))  # the actor that was late is free again
    assert sorted(outcome.attempt.case_id for outcome in outcomes) == [f"case-{i}" for i in range(6)]
    assert len(_answered(fake)) >= 6 + 1 + 6 and len(again) == 6  # more where a busy machine makes others late, too


def test_a_second_worker_that_cannot_be_prepared_is_free_again():
    with FakeOpenAI(script=["hang"], wrong_rate=0.0) as fake:
        settings = engine_settings(fake, engine__actors=2, engine__straggler_s=2.0, endpoint__timeout_s=3600.0)
        plan = loop_plan(settings, snapshot_id="", arm="learn", round_number=1, reflect=True)
        pool = WorkerPool(settings)
        pool.begin(plan, None)
        outcomes = ShardAttempts(pool, settings.engine, plan, works(6), Event()).outcomes()
        next(outcomes)
        pool.begin(plan, "not a bank")  # what the second worker is given
        with pytest.raises(AttributeError):
            list(outcomes)
        assert pool.acquire_idle() and pool.acquire_idle()
        pool.close()


def test_an_actor_that_says_nothing_for_too_long_is_replaced():
    settings = {"engine__stall_s": 0.5, "endpoint__timeout_s": 3600.0}
    with FakeOpenAI(script=["hang"], wrong_rate=0.0) as fake, engine_of(engine_settings(fake, **settings)) as engine:
        outcomes = list(engine.outcomes(works(6), Event()))
    assert all(outcome.attempt for outcome in outcomes) and len(outcomes) == 6


@pytest.mark.parametrize("method", ["stop", "cancel"])
def test_a_call_that_is_ended_before_it_begins_sends_no_request(method):
    with FakeOpenAI(wrong_rate=0.0) as fake:
        settings = engine_settings(fake)
        actor = start_learner(settings, {})
        plan = loop_plan(settings, snapshot_id="", arm="learn", round_number=1, reflect=True)
        ray.get([actor.load.remote(), actor.prepare.remote("round", [ray.put(plan), ray.put(None)])])
        ray.get(getattr(actor, method).remote(1))
        assert list(actor.solve.remote(1, [ray.put(works(3))], [0, 1, 2])) == [] and not fake.received
        assert sum(len(ray.get(batch)) for batch in actor.solve.remote(2, [ray.put(works(3))], [0, 1])) == 2
        assert len(_answered(fake)) == 2
        ray.kill(actor)
