"""Tables of patterns: the example of each row needs that row."""

from __future__ import annotations

import pytest

import vilomem_core.verification  # noqa: F401  its modules register their tables
from vilomem_core.verification.patterns import TABLES, PatternTable, RewriteTable

FRUIT = PatternTable("fruit", {"pears?": "two pears", "apples?": "an apple"}, r"\b", r"\b", {"梨": "这是梨"})
SIGNS = RewriteTable("signs", [("at least", ">=", "at least 3"), ("least", "min", "the least")])


@pytest.mark.parametrize("name", sorted(TABLES))
def test_each_row_reads_its_example_and_no_other_row_does(name: str) -> None:
    table = TABLES[name]
    unread = [row for row, example in table.examples.items() if table.reads(example) in (False, example)]
    idle = [row for row, example in table.examples.items() if table.without(row).reads(example) == table.reads(example)]
    assert (unread, idle) == ([], [])


def test_a_table_is_one_expression_in_its_frame() -> None:
    assert FRUIT.compiled().pattern == r"\b(?:pears?|apples?)\b|梨"
    assert FRUIT.reads("two apples") and not FRUIT.reads("pineapple")
    assert FRUIT.without("梨").compiled().pattern == r"\b(?:pears?|apples?)\b"
    assert not FRUIT.without("梨").without("pears?").without("apples?").reads("an apple or nothing at all")


def test_rewrites_are_applied_in_their_order() -> None:
    assert SIGNS.reads("at least the least") == ">= the min"
    assert SIGNS.without("at least").reads("at least 3") == "at min 3"
