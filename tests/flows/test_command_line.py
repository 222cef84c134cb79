"""What a user meets at the command line: exit codes, and errors of a line or two that say what to do."""

import json

import pytest

from storage.store import Store
from vilomem.cli.app import main
from vilomem_core.simulation import write_demo_dataset


@pytest.fixture
def vilomem(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr("sys.argv", ["vilomem", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, " ".join(printed.err.split())

    return run


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("learn",), "no data set given"),
        (("learn", "q.jsonl"), "Use --solver"),
        (("learn", "q.jsonl", "--solver", "openia:m"), "openai:MODEL"),
        (("learn", "q.jsonl", "--solver", "recorded:absent.jsonl?model=m"), "absent.jsonl"),
        (("learn", "q.jsonl", "--solver", "simulated", "--set", "lern.rounds=2"), "learn.rounds"),
        (("learn", "q.jsonl", "--solver", "simulated", "--config", "absent.yaml"), "absent.yaml"),
        (("learn", "q.jsonl", "--sovler", "simulated"), "--sovler"),
        (("sql", "select 1", "--store", "absent"), "no store at absent"),
        (("recall", "--question", "q", "--store", "absent"), "no store at absent"),
        (("check", "absent"), "absent"),
        (("nonsense",), "nonsense"),
    ],
)
def test_wrong_use_is_exit_code_2_and_says_what_to_do(vilomem, words, says):
    code, _, error = vilomem(*words)
    assert code == 2 and says in error and "Traceback" not in error and len(error) < 500


def test_a_server_that_is_not_there_is_told_before_anything_starts(vilomem, tmp_path):
    code, _, error = vilomem("learn", "q.jsonl", "--solver", "openai:m", "--base-url", "http://127.0.0.1:9/v1")
    assert code == 4 and "http://127.0.0.1:9/v1" in error and "running" in error
    assert list(tmp_path.iterdir()) == []


def test_check_lists_refused_rows_and_exits_with_1(vilomem, tmp_path):
    write_demo_dataset(tmp_path / "data", 3)
    lines = (tmp_path / "data" / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "data" / "cases.jsonl").write_text("\n".join([lines[0], '{"id": "x"', lines[2]]), encoding="utf-8")
    code, out, _ = vilomem("check", "data")
    assert code == 1 and "line 2" in out and "invalid_json" in out and "2 cases" in out
    code, out, _ = vilomem("check", "data", "--json")
    assert code == 1 and json.loads(out)["cases"] == 2


def test_check_of_a_good_data_set_exits_with_0(vilomem, tmp_path):
    write_demo_dataset(tmp_path / "data", 3)
    assert vilomem("check", "data")[0] == 0


def test_config_shows_values_with_sources_and_no_key(vilomem, monkeypatch, tmp_path):
    (tmp_path / "job.yaml").write_text("learn:\n  rounds: 3\nendpoint:\n  api_key_env: MY_KEY\n", encoding="utf-8")
    monkeypatch.setenv("MY_KEY", "sk-very-secret")
    monkeypatch.setenv("VILOMEM_RECALL__TOP_K", "2")
    code, out, _ = vilomem("config", "--config", "job.yaml", "--set", "learn.passes=2", "--json")
    found = json.loads(out)
    assert code == 0 and "sk-very-secret" not in out
    assert found["learn.rounds"] == {"value": 3, "source": "job.yaml"}
    assert found["recall.top_k"] == {"value": 2, "source": "environment"}
    assert found["learn.passes"] == {"value": 2, "source": "command line"}
    assert found["roles.judge.endpoint.api_key_env"]["value"] == "MY_KEY"


def test_help_names_every_command_without_loading_an_engine(vilomem):
    code, out, _ = vilomem("--help")
    assert code == 0 and all(name in out for name in ("learn", "recall", "report", "export", "sql", "demo"))


@pytest.fixture
def empty_store(tmp_path):
    folder = tmp_path / "store"
    Store.open_or_create(folder, text_embedder="t", text_dim=2, image_embedder="i", image_dim=2).close()
    return folder


def test_columns_of_one_name_stay_apart_and_json_is_json(vilomem, empty_store):
    query = "SELECT 1 AS a, 2 AS a, 'nan'::DOUBLE AS b, 'ab'::BLOB AS c"
    assert vilomem("sql", query, "--store", empty_store)[1].split()[:6] == ["a", "a", "b", "c", "1", "2"]
    shown = vilomem("sql", query, "--store", empty_store, "--json")[1]
    assert json.loads(shown) == [{"a": 1, "a_2": 2, "b": None, "c": "YWI="}]


def test_a_file_that_is_no_report_is_never_replaced_by_one(vilomem, empty_store, tmp_path):
    mine, page = tmp_path / "cases.jsonl", tmp_path / "page.html"
    mine.write_text('{"id": "1"}')
    code, _, said = vilomem("report", "--store", empty_store, "--out", mine)
    assert code == 2 and "Give another name" in said and mine.read_text() == '{"id": "1"}'
    assert [vilomem("report", "--store", empty_store, "--out", page)[0] for _ in range(2)] == [0, 0]
