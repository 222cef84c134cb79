"""Settings: layers, clear refusals, sources."""

from pathlib import Path

import pytest

from vilomem_core.errors import SettingsError
from vilomem_core.settings import Layer, Settings, as_settings, load_settings
from vilomem_core.settings.layers import assignment_layer, flatten
from vilomem_core.settings.load import settings_digest
from vilomem_core.settings.models import EndpointSettings, RoleSettings, RolesSettings
from vilomem_core.settings.tree import LearnSettings


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
        ("learn:\n  rounds: '3'\n", "whole number"),
        ("learn:\n  rounds: 3.0\n", "whole number"),
        ("learn:\n  rounds:\n", "learn.rounds = None"),
        ("learn:\n  holdout: '0.5'\n", "not a number"),
        ("learn:\n  run: [a]\n", "not a text"),
        ("learn:\n  run: true\n", "not a text"),
        ("data: 3\n", "not a list"),
        ("data: [a, {b: c}]\n", "not a list of texts"),
        ("learn:\n  strict: 1\n", "true or false"),
        ("engine:\n  kind: rai\n", "Did you mean 'ray'"),
        ("learn:\n  rounds: 1\n  rounds: 2\n", "stands twice"),
        ("learn:\n  rounds: 1\nlearn.rounds: 2\n", r"'learn\.rounds' stands twice"),
        ("learn: [1, 2\n", "line"),
        ("- a\n- b\n", "holds no settings"),
        ("learn: 3\n", r"learn is a section; give its keys, such as learn\.rounds"),
    ],
)
def test_wrong_values_say_what_is_wanted(tmp_path, text, words):
    with pytest.raises(SettingsError, match=words):
        load_settings(_file(tmp_path, text), {})


def test_all_wrong_values_are_named_with_their_sources(tmp_path):
    path = _file(tmp_path, "learn:\n  rounds: many\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(path, {"VILOMEM_LEARN__STRICT": "1"})
    assert str(caught.value).splitlines() == [
        f"learn.rounds = 'many' ({path}) is not a whole number.",
        "learn.strict = 1 (environment) is not true or false.",
    ]


def test_numbers_dates_and_paths_can_stand_for_texts_and_a_whole_number_for_any(tmp_path):
    settings = as_settings(_file(tmp_path, "learn: {run: 2026-11-28, holdout: 0}\nroles: {solver: {model: 7}}\ndata: [1, b]\n"))
    assert (settings.learn.run, settings.learn.holdout, settings.roles.solver.model) == ("2026-11-28", 0.0, "7")
    assert isinstance(settings.learn.holdout, float) and settings.data == ("1", "b")
    assert as_settings({"data": "one", "store": tmp_path}).data == ("one",)
    assert as_settings({"data": tmp_path}).data == (str(tmp_path),)


def test_a_program_gives_a_mapping_an_object_or_a_path(tmp_path):
    path = _file(tmp_path, "learn:\n  rounds: 2\n")
    wanted = as_settings({"learn": {"rounds": 2}})
    assert (
        wanted
        == as_settings({"learn.rounds": 2})
        == as_settings(path)
        == as_settings(str(path))
        == as_settings(learn={"rounds": 2})
    )
    assert wanted == as_settings(wanted) == load_settings(wanted).settings != as_settings() == Settings()
    assert as_settings(path, learn=LearnSettings(rounds=3), store=Path("here")) == as_settings({"learn.rounds": 3, "store": "here"})
    assert as_settings(wanted, learn={"passes": 2}).learn == LearnSettings(rounds=2, passes=2)
    with pytest.raises(SettingsError, match=r"'lern\.rounds' \(program\)\. Did you mean 'learn\.rounds'"):
        as_settings({"lern": {"rounds": 2}})


def test_critics_of_a_settings_object_use_the_solvers_model_too():
    given = Settings(roles=RolesSettings(solver=RoleSettings("openai:m"), logic_critic=RoleSettings("openai:c", max_tokens=9)))
    roles = as_settings(given).roles
    assert (roles.analyst.model, roles.visual_critic.model, roles.logic_critic) == (
        "openai:m",
        "openai:m",
        given.roles.logic_critic,
    )


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"absent\.yaml"):
        load_settings(tmp_path / "absent.yaml", {})


def test_one_endpoint_serves_every_role_and_a_role_may_differ():
    layer = Layer("test", {"endpoint.base_url": "http://a/v1", "roles.judge.endpoint.base_url": "http://b/v1"})
    roles = load_settings(None, {}, [layer]).settings.roles
    assert roles.solver.endpoint.base_url == roles.logic_critic.endpoint.base_url == "http://a/v1"
    assert roles.judge.endpoint.base_url == "http://b/v1"


def test_critics_use_the_solvers_model_unless_they_have_their_own():
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
    assert repr(settings) == repr(Settings())  # reading changes no default, nor its type
    assert {"roles.solver.model", "recall.top_k", "engine.in_flight"} <= dict(flatten(settings)).keys()


URL, OTHER = "http://one.example/v1", "http://two.example/v1"


def _urls(settings):
    return {role: getattr(settings.roles, role).endpoint.base_url for role in ("solver", "analyst", "visual_critic", "judge")}


def test_roles_follow_the_endpoint_of_a_settings_object_and_one_on_top_of_it():
    made = Settings(endpoint=EndpointSettings(base_url=URL), roles=RolesSettings(solver=RoleSettings(model="openai:m")))
    assert set(_urls(as_settings(made)).values()) == {URL}
    assert set(_urls(as_settings(as_settings(made), endpoint={"base_url": OTHER})).values()) == {OTHER}


def test_critics_follow_a_solver_on_top_of_a_settings_object():
    made = as_settings({"roles.solver.model": "openai:m"})
    changed = as_settings(made, roles={"solver": {"model": "openai:n"}})
    assert {changed.roles.solver.model, changed.roles.analyst.model, changed.roles.logic_critic.model} == {"openai:n"}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"roles.solver.model": "openai:m", "endpoint.base_url": URL},
        {"endpoint.base_url": URL, "roles.judge.model": "openai:j", "roles.judge.endpoint.base_url": EndpointSettings().base_url},
        {"roles.solver.model": "openai:m", "roles.analyst.model": "openai:m", "roles.analyst.endpoint.base_url": URL},
        {"learn.rounds": 3, "recall.top_k": 2},
    ],
)
def test_settings_that_are_given_again_are_the_same(given):
    made = as_settings(given)
    assert as_settings(made) == made


@pytest.mark.parametrize("key", ["roles.solver.temperature", "engine.shard_seconds", "learn.holdout"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_without_end_or_value_is_refused(key, value):
    with pytest.raises(SettingsError, match=key.rpartition(".")[2]):
        as_settings({key: value})
    assert as_settings({"engine.stall_s": float("inf")}).engine.stall_s == float("inf")


def test_a_value_for_a_section_says_which_keys_it_has():
    with pytest.raises(SettingsError, match=r"roles\.solver is a section; give its keys, such as roles\.solver\.model"):
        as_settings({"roles": {"solver": "openai:m"}})
