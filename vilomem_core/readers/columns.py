"""What the header of a table must offer."""

from __future__ import annotations

from collections.abc import Sequence

from vilomem_core.readers.problems import Refusal, quote, shown


def check_columns(names: Sequence[str], *, has_pictures: bool, require_answer: bool) -> None:
    """Raises ``Refusal`` for a table without questions, pictures or answers, or with two columns of one name."""
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise Refusal("column_duplicate", f"the column {quote(twice[0])} stands twice in the header")
    needed = ["question", "answer"] if require_answer else ["question"]
    missing = [name for name in needed if name not in names] + ([] if has_pictures else ["image"])
    if missing:
        found = shown(", ".join(names), 200)
        raise Refusal("column_missing", f"there is no column {' and no column '.join(missing)}; there are {found}")
