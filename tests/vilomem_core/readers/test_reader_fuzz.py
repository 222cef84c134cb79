"""Whatever stands in a file, reading it gives cases and problems, never another error."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from vilomem_core.readers import Problem, read_cases
from vilomem_core.types import Case

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(["A", "images/red.png", "../x", "['a', 'b']"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=5,
)
NAMES = [
    "id",
    "question",
    "options",
    "answer",
    "answer_type",
    "answer_letter",
    "image",
    "images",
    "tolerance",
    "subject",
    "tags",
    "level",
    "A",
    "B",
]
ROW = st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=len(NAMES))
GOOD = {"id": "q", "question": "How many?", "options": ["4", "5"], "answer": "5", "image": "images/red.png"}


def read_bytes(content: bytes, name: str, picture: bytes) -> list[Case | Problem]:
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / "images").mkdir()
        (Path(home) / "images" / "red.png").write_bytes(picture)
        (Path(home) / name).write_bytes(content)
        items = list(read_cases(str(Path(home) / name)))
    for item in items:
        if isinstance(item, Case):
            assert item.question.encode()
            assert item.answer is not None
            assert item.images
        else:
            assert str(item).isprintable()
            assert len(item.reason) < 1000
    return items


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.tuples(ROW, st.booleans()), min_size=1, max_size=4))
def test_rows_of_any_values_are_cases_or_problems(rows: list[tuple[dict[str, object], bool]], red: bytes) -> None:
    lines = [json.dumps((GOOD | changes) if near else changes) for changes, near in rows]
    items = read_bytes("\n".join(lines).encode(), "cases.jsonl", red)
    assert {item.row for item in items if isinstance(item, Problem)} <= set(range(1, len(rows) + 1))


@settings(max_examples=200, deadline=None)
@given(
    content=st.binary(max_size=300) | st.text(st.sampled_from('{}[]":,0123456789eE+-.\\untrfalsid \n'), max_size=80).map(str.encode)
)
def test_any_bytes_as_jsonl(content: bytes, red: bytes) -> None:
    assert read_bytes(content, "cases.jsonl", red)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_as_tsv(content: bytes, red: bytes) -> None:
    header = b"index\timage\tquestion\tA\tB\tanswer\timage_path\n"
    assert read_bytes(header + content, "data.tsv", red)


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_as_parquet(content: bytes, red: bytes) -> None:
    assert read_bytes(b"PAR1" + content + b"PAR1", "data.parquet", red)
