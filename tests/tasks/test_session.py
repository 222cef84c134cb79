"""A stop request: the first signal makes one, the second interrupts, and the handlers of before come back."""

import signal

import pytest

from tasks.session import Session, stop_on_signals
from tests.tasks.engines import engine_settings


@pytest.fixture
def session(tmp_path):
    with Session(engine_settings(None, engine__kind="inline", store=str(tmp_path / "store"))) as session:
        yield session


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_requests_a_stop_and_the_second_interrupts(session, number):
    before = signal.getsignal(number)
    with stop_on_signals(session):
        signal.raise_signal(number)
        assert session.stop_requested.is_set() and session.stop_reason == "the run was interrupted."
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_the_first_reason_to_stop_is_the_one_that_is_told(session):
    session.stop("a budget is used up.")
    session.stop("the run was interrupted.")
    assert session.stop_requested.is_set() and session.stop_reason == "a budget is used up."
