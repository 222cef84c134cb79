"""Repeated ids are found, however long ago they were."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vilomem_core.readers import seen as seen_module
from vilomem_core.readers.rows import Place
from vilomem_core.readers.seen import SeenIds
from vilomem_core.simulation import tiny_cases


@pytest.mark.parametrize("recent", [1, 7, 1_000])
def test_a_repeated_id_is_told_with_both_rows_wherever_it_is_kept(recent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_module, "RECENT", recent)
    seen, cases = SeenIds(), list(tiny_cases(50))
    for row, case in enumerate(cases, 1):
        assert seen.repeated(case, Place("first.jsonl", row, row)) is None

    for row, case in enumerate(cases, 1):
        same = seen.repeated(case, Place("second.jsonl", row + 100, row + 100))
        other = seen.repeated(replace(case, question="Another?"), Place("first.jsonl", row + 200, row + 200))
        assert same is not None and other is not None
        assert (same.kind, other.kind) == ("duplicate_row", "duplicate_id")
        assert f"row {row + 100} and row {row} of first.jsonl" in same.reason
        assert f"rows {row} and {row + 200}" in other.reason
