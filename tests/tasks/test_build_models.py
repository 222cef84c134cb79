"""Settings as worker processes get them."""

import pytest

from tasks.build_models import with_shared_rates
from tests.tasks.engines import engine_settings
from vilomem_core.errors import SettingsError


def test_actors_together_keep_to_the_allowed_rates():
    settings = engine_settings(
        None, engine__actors=4, endpoint__requests_per_minute=100, roles__judge__endpoint__tokens_per_minute=5000
    )
    shared = with_shared_rates(settings)
    assert shared.roles.solver.endpoint.requests_per_minute == 25
    assert shared.roles.judge.endpoint.requests_per_minute == 25 and shared.roles.judge.endpoint.tokens_per_minute == 1250
    assert shared.roles.solver.endpoint.tokens_per_minute is None


def test_a_rate_that_is_too_low_to_be_shared_is_refused():
    settings = engine_settings(None, engine__actors=4, endpoint__requests_per_minute=3)
    with pytest.raises(SettingsError, match="too low to be shared by 4 actors"):
        with_shared_rates(settings)
