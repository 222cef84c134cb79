from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.analytics import Analytics
from storage.commit import commit
from storage.schema import KEYS
from storage.snapshots import publish, set_release
from storage.staging import stage
from storage.store import Store
from storage.views import view_definitions
from tests.storage.samples import IMAGE_DIM, TEXT_DIM, attempt, candidate, case, event, failed, hit, judgement, memory, outcome, run
from vilomem_core.errors import UserError
from vilomem_core.types import CaseOutcome, Stream, VerdictStatus

LATER = attempt(1, VerdictStatus.CORRECT, round_number=1, snapshot="snap_1", hits=(hit("mem_001"), hit("mem_002")))


@pytest.fixture(scope="module")
def analytics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analytics]:
    """Six incorrect cases in round 0, one of them solved with two memories in round 1, and one failure."""
    path = tmp_path_factory.mktemp("analytics") / "store"
    with Store.create(path, "text-a", TEXT_DIM, "image-a", IMAGE_DIM) as store:
        store.add_cases([case(number) for number in range(1, 9)])
        outcomes = [outcome(number) for number in range(1, 7)]
        stage(store.staging_folder("run"), "a", [*outcomes, failed(8), CaseOutcome(LATER.case_key, LATER)])
        commit(store, store.staging_folder("run"))
        memories = [memory(1, (candidate(1), candidate(2))), memory(2, (candidate(4, Stream.LOGIC),), Stream.LOGIC, pinned=True)]
        store.write_consolidation(memories, [judgement(candidate(1), candidate(2))], [event("mem_001"), event("mem_002")])
        set_release(store, publish(store).id, status="unevaluated", evidence="{}", move_latest=True)
        store.save_run(run(0))
    with Store.open(path, read_only=True) as reader, Analytics(reader) as opened:
        yield opened


def rows(analytics: Analytics, query: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in analytics.sql(query).to_pylist()]


def test_every_table_and_view_can_be_read(analytics: Analytics) -> None:
    for name in (*KEYS, *view_definitions()):
        assert analytics.sql(f"SELECT * FROM {name}").num_rows > 0, name


def test_growth_counts_candidates_and_memories_of_a_round(analytics: Analytics) -> None:
    assert rows(analytics, "SELECT round, stream, candidates, accepted, rejected, memories_total FROM v_growth") == [
        (0, "logic", 6, 4, 2, 1),
        (0, "visual", 6, 6, 0, 1),
    ]


def test_accuracy_is_over_determined_verdicts(analytics: Analytics) -> None:
    query = "SELECT round, attempts, correct, incorrect, accuracy, with_memory, accuracy_with_memory FROM v_accuracy"
    assert rows(analytics, query) == [(0, 6, 0, 6, 0.0, 0, None), (1, 1, 1, 0, 1.0, 1, 1.0)]


def test_a_recall_is_compared_with_the_verdict_without_memory(analytics: Analytics) -> None:
    query = "SELECT memory_id, position, verdict_status, baseline_status, effect FROM v_recall"
    assert rows(analytics, query) == [
        ("mem_001", 1, "correct", "incorrect", "helped"),
        ("mem_002", 2, "correct", "incorrect", "helped"),
    ]
    assert rows(analytics, "SELECT memory_id, recalls, helped, harmed FROM v_memory_usage") == [
        ("mem_001", 1, 1, 0),
        ("mem_002", 1, 1, 0),
    ]


def test_merges_rejections_and_failures_show_examples(analytics: Analytics) -> None:
    assert rows(analytics, "SELECT memory_id, support, list_sort(case_ids) FROM v_merges") == [("mem_001", 2, ["case-1", "case-2"])]
    assert rows(analytics, "SELECT stream, reject_category, candidates, example_reason FROM v_rejections") == [
        ("logic", "vague", 2, "says nothing")
    ]
    assert rows(analytics, "SELECT stage, error, failures, cases, example_message FROM v_failures") == [
        ("solve", "ModelUnavailable", 1, 1, "no server")
    ]


def test_costs_are_counted_by_role(analytics: Analytics) -> None:
    assert rows(analytics, "SELECT role, calls, prompt_tokens, seconds FROM v_cost WHERE round = 0") == [
        ("analyze", 6, 300, 1.5),
        ("judge", 6, 60, 3.0),
        ("reflect_logic", 6, 1200, 12.0),
        ("reflect_visual", 6, 1200, 12.0),
        ("solve", 6, 600, 9.0),
    ]


def test_memories_cases_and_snapshots_are_listed(analytics: Analytics) -> None:
    assert rows(analytics, "SELECT id, support, cases, pinned, first_round FROM v_memories") == [
        ("mem_001", 2, 2, False, 0),
        ("mem_002", 1, 1, True, 0),
    ]
    assert rows(analytics, "SELECT id, attempts, first_verdict, last_verdict, guidelines FROM v_cases WHERE attempts <> 1") == [
        ("case-1", 2, "incorrect", "correct", 2),
        ("case-7", 0, None, None, 0),
        ("case-8", 0, None, None, 0),
    ]
    assert rows(analytics, "SELECT visual, logic, is_latest FROM v_snapshots") == [(1, 1, True)]


def test_filters_and_joins_see_the_same_rows(analytics: Analytics) -> None:
    joined = "SELECT count(*) FROM candidates c JOIN attempts a ON a.id = c.attempt_id WHERE c.accepted AND a.round = 0"
    assert rows(analytics, joined) == [(10,)]
    assert rows(analytics, "SELECT count(*) FROM candidates WHERE reject_category = 'vague' OR subject = 'none'") == [(2,)]
    assert rows(analytics, "SELECT case_id FROM attempts WHERE seed IS NULL AND round IN (1, 2)") == [("case-1",)]
    assert rows(analytics, "FROM lineage SELECT count(DISTINCT memory_id)") == [(2,)]
    assert rows(analytics, "SELECT len(guideline_vector), len(image_vectors) FROM candidates LIMIT 1") == [(8, 1)]


@pytest.mark.parametrize(
    "query",
    [
        "DROP VIEW v_growth",
        "CREATE TABLE mine AS SELECT 1",
        "INSERT INTO attempts SELECT * FROM attempts",
        "DELETE FROM attempts",
        "SET memory_limit = '1GB'",
        "PRAGMA database_list",
        "COPY attempts TO 'out.csv'",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "",
    ],
)
def test_only_reading_is_done(analytics: Analytics, query: str) -> None:
    with pytest.raises(UserError, match="only one statement that reads"):
        analytics.sql(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT content FROM read_text('{file}')",
        "SELECT * FROM glob('{file}')",
    ],
)
def test_files_are_out_of_reach(analytics: Analytics, tmp_path: Path, query: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(UserError) as caught:
        analytics.sql(query.format(file=file))
    assert "1,2" not in str(caught.value)


def test_a_wrong_query_is_one_line_with_the_names_that_there_are(analytics: Analytics) -> None:
    for query in ("SELECT * FROM v_grwth", "SELEC 1", "SELECT nothing FROM v_growth", "SELECT 1/0 + 'x'"):
        with pytest.raises(UserError) as caught:
            analytics.sql(query)
        assert "\n" not in str(caught.value)
        assert "v_growth, v_memories" in caught.value.hint


def test_new_rows_are_seen_by_the_next_query(store: Store) -> None:
    with Analytics(store) as analytics:
        assert rows(analytics, "SELECT count(*) FROM attempts") == [(0,)]
        stage(store.staging_folder("run"), "a", [outcome(20)])
        commit(store, store.staging_folder("run"))
        assert rows(analytics, "SELECT count(*) FROM attempts") == [(1,)]
