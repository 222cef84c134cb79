"""Settings: layers, clear refusals, sources."""

import pytest

from vilomem_core.errors import SettingsError
from vilomem_core.settings.layers import Layer, assignment_layer
from vilomem_core.settings.load import flatten, load_settings, settings_digest


def _file(folder, text):
    path = folder / "job.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_later_layers_win_and_name_their_source(tmp_path):
    path = _file(tmp_path, "learn:\n  rounds: 2\n  passes: 3\nstore: here\n")
    loaded = load_settings(path, {"VILOMEM_LEARN__ROUNDS": "4", "HOME": "/nowhere"}, [assignment_layer(["learn.passes=5"])])
    assert (loaded.settings.learn.rounds, loaded.settings.learn.passes, loaded.settings.store) == (4, 5, "here")
    assert loaded.sources["learn.rounds"] == "environment"
    assert loaded.sources["learn.passes"] == "command line"
    assert loaded.sources["store"] == str(path)
    assert "learn.holdout" not in loaded.sources


@pytest.mark.parametrize(
    ("key", "nearest"),
    [("lern.rounds", "learn.rounds"), ("learn.round", "learn.rounds"), ("top_k", "recall.top_k"), ("stor", "store")],
)
def test_an_unknown_key_is_an_error_that_names_the_nearest(key, nearest):
    with pytest.raises(SettingsError, match=nearest):
        load_settings(None, {}, [assignment_layer([f"{key}=1"])])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("learn:\n  rounds: many\n", "whole number"),
        ("learn:\n  rounds: true\n", "whole number"),
        ("learn:\n  rounds: 0\n", "at least 1"),
        ("learn:\n  strict: 1\n", "true or false"),
        ("engine:\n  kind: rai\n", "Did you mean 'ray'"),
        ("learn:\n  rounds: 1\n  rounds: 2\n", "stands twice"),
        ("learn: [1, 2\n", "line"),
        ("- a\n- b\n", "holds no settings"),
        ("learn: 3\n", "unknown setting 'learn'"),
    ],
)
def test_wrong_values_say_what_is_wanted(tmp_path, text, words):
    with pytest.raises(SettingsError, match=words):
        load_settings(_file(tmp_path, text), {})


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"absent\.yaml"):
        load_settings(tmp_path / "absent.yaml", {})


def test_one_endpoint_serves_every_role_and_a_role_may_differ():
    layer = Layer("test", {"endpoint.base_url": "http://a/v1", "roles.judge.endpoint.base_url": "http://b/v1"})
    roles = load_settings(None, {}, [layer]).settings.roles
    assert roles.solver.endpoint.base_url == roles.logic_critic.endpoint.base_url == "http://a/v1"
    assert roles.judge.endpoint.base_url == "http://b/v1"


def test_critics_play_on_the_solvers_model_unless_they_have_their_own():
    layer = Layer("test", {"roles.solver.model": "openai:m", "roles.logic_critic.model": "openai:c"})
    roles = load_settings(None, {}, [layer]).settings.roles
    assert (roles.analyst.model, roles.visual_critic.model, roles.logic_critic.model) == ("openai:m", "openai:m", "openai:c")
    assert roles.judge.model is None and roles.merger.model is None


def test_the_digest_covers_what_shapes_replies_and_nothing_else():
    def digest(**changes):
        return settings_digest(
            load_settings(None, {}, [Layer("test", {k.replace("__", "."): v for k, v in changes.items()})]).settings
        )

    same = digest()
    assert digest(engine__kind="inline") == digest(store="other") == digest(endpoint__timeout_s=5.0) == same
    assert (
        len({same, digest(roles__solver__model="openai:x"), digest(recall__top_k=1), digest(roles__solver__temperature=0.5)}) == 4
    )


def test_every_key_can_be_printed():
    settings = load_settings(None, {}).settings
    assert {"roles.solver.model", "recall.top_k", "engine.in_flight"} <= dict(flatten(settings)).keys()
