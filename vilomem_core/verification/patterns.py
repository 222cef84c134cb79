"""Tables of patterns: each row is a pattern with an example, and the example is the row's test.

Without its row an example is not matched (or not rewritten) by the table it stands in, so no row is there for nothing. One test walks
``TABLES`` and says which row breaks this; ``benchmarks/ablate_patterns.py`` says which rows no labelled reply needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class PatternTable:
    """Patterns that mean one thing, as alternatives in one expression: ``before(?:row|row|…)after|unframed|…``.

    ``rows`` map a pattern to its example. ``unframed`` rows stand outside the frame, as Chinese ones do outside ``\\b…\\b``.
    """

    name: str
    rows: Mapping[str, str]
    before: str = ""
    after: str = ""
    unframed: Mapping[str, str] = field(default_factory=dict)
    flags: re.RegexFlag = re.IGNORECASE

    @property
    def examples(self) -> dict[str, str]:
        return {**self.rows, **self.unframed}

    def compiled(self) -> re.Pattern[str]:
        framed = [f"{self.before}(?:{'|'.join(self.rows)}){self.after}"] if self.rows else []
        return re.compile("|".join([*framed, *self.unframed]) or r"(?!)", self.flags)

    def without(self, row: str) -> PatternTable:
        """The table without one of its rows."""
        rows, unframed = ({key: value for key, value in part.items() if key != row} for part in (self.rows, self.unframed))
        return replace(self, rows=rows, unframed=unframed)

    def reads(self, example: str) -> bool:
        return bool(self.compiled().search(example))


@dataclass(frozen=True, slots=True)
class RewriteTable:
    """Patterns, what is put in their place (as ``re.sub`` takes it), and an example; the rows are applied in their order."""

    name: str
    rows: Sequence[tuple[str, str, str]]
    flags: re.RegexFlag = re.IGNORECASE

    @property
    def examples(self) -> dict[str, str]:
        return {pattern: example for pattern, _, example in self.rows}

    def compiled(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(pattern, self.flags), put) for pattern, put, _ in self.rows)

    def without(self, row: str) -> RewriteTable:
        """The table without one of its rows."""
        return replace(self, rows=[one for one in self.rows if one[0] != row])

    def reads(self, example: str) -> str:
        for pattern, put in self.compiled():
            example = pattern.sub(put, example)
        return example


TABLES: dict[str, PatternTable | RewriteTable] = {}


def one_of(
    name: str,
    rows: Mapping[str, str],
    *,
    before: str = "",
    after: str = "",
    unframed: Mapping[str, str] | None = None,
    flags: re.RegexFlag = re.IGNORECASE,
) -> re.Pattern[str]:
    """The expression of a table, which is registered under ``name``. Its ``pattern`` can be a part of another table's frame."""
    table = PatternTable(name, rows, before, after, unframed or {}, flags)
    _register(table)
    return table.compiled()


def rewrites(
    name: str, rows: Sequence[tuple[str, str, str]], *, flags: re.RegexFlag = re.IGNORECASE
) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The expressions of a table of rewrites with what each puts in, in order. The table is registered under ``name``."""
    table = RewriteTable(name, rows, flags)
    _register(table)
    return table.compiled()


def plain_rows(words: str, example: str = "{}", pattern: str = "{}") -> dict[str, str]:
    """Rows of plain words or signs, separated by ``|``: each is put into ``pattern`` ("{}s?") and into ``example`` ("it {}s ")."""
    return {pattern.replace("{}", word): example.replace("{}", word.replace("\\\\", "\\")) for word in words.split("|")}


def _register(table: PatternTable | RewriteTable) -> None:
    if table.name in TABLES:
        raise ValueError(f"there are two tables of patterns named {table.name!r}")
    TABLES[table.name] = table
