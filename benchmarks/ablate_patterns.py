"""Which rows of verification's tables of patterns no labelled reply needs: each row is taken away in turn, and all replies are read anew.

    python benchmarks/ablate_patterns.py [LABELLED.jsonl ...] [--recorded FOLDER] [--tables PREFIX] [--processes 2]

Reads the tests' own labelled replies and those of the files given, and with --recorded the replies of recorded runs, whose cases lie in
``cases/`` beside that folder. A row is needed if a verdict, an extracted answer or a method changes without it; only rows without which
some text matches otherwise are tried, each in a process of its own, which takes about five seconds. Prints a line for each of these
rows, and at the end one JSON line with the rows that are not needed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / "tests" / "vilomem_core" / "verification" / "replies.jsonl"
PATTERNS = "vilomem_core.verification.patterns"


class Recorded:
    """An expression that keeps the texts it is asked about; ``embedded`` says that its text became a part of another one."""

    def __init__(self, expression: re.Pattern[str]) -> None:
        self._expression = expression
        self.texts: set[str] = set()
        self.embedded = False

    @property
    def pattern(self) -> str:
        self.embedded = True
        return self._expression.pattern

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._expression, name)

        def ask(*arguments: Any) -> Any:
            self.texts.add(next(one for one in reversed(arguments) if isinstance(one, str)))  # of sub(put, text) the second
            return method(*arguments)

        return ask if callable(method) else method


def load_patterns() -> ModuleType:
    """The module of tables, anew and before any table is defined, such that what it compiles can be changed."""
    spec = importlib.util.spec_from_file_location(PATTERNS, ROOT / "vilomem_core" / "verification" / "patterns.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PATTERNS] = module
    spec.loader.exec_module(module)
    return module


def patterns_without(table: str, row: str) -> None:
    """Never compile one row."""
    module = load_patterns()
    for kind in (module.PatternTable, module.RewriteTable):
        whole = kind.compiled
        kind.compiled = lambda self, whole=whole: whole(self.without(row) if self.name == table else self)


def effective_rows(paths: Sequence[Path], recorded: Path | None, prefix: str) -> tuple[int, list[tuple[str, str]]]:
    """The number of all rows, and those without which an expression matches otherwise in some text it is asked about."""
    module = load_patterns()
    expression_of, rewrites_of = module.PatternTable.compiled, module.RewriteTable.compiled
    asked: dict[str, list[Recorded]] = {}

    def keep(name: str, expressions: Sequence[re.Pattern[str]]) -> list[Recorded]:
        return asked.setdefault(name, [Recorded(one) for one in expressions])

    module.PatternTable.compiled = lambda self: keep(self.name, [expression_of(self)])[0]
    module.RewriteTable.compiled = lambda self: tuple(
        zip(keep(self.name, [one for one, _ in rewrites_of(self)]), [put for _, put in rewrites_of(self)], strict=True)
    )
    from vilomem_core.verification import verify

    for case, reply in replies(paths, recorded):
        verify(case, reply)
    rows = [(table, row) for table in module.TABLES.values() for row in table.examples if table.name.startswith(prefix)]
    found = []
    for table, row in rows:
        if isinstance(table, module.PatternTable):
            (kept,) = asked[table.name]
            whole, rest = expression_of(table), expression_of(table.without(row))
            effective = kept.embedded or any(matches(whole, text) != matches(rest, text) for text in kept.texts)
        else:
            place = list(table.examples).index(row)
            expression = rewrites_of(table)[place][0]
            effective = any(expression.search(text) for text in asked[table.name][place].texts)
        if effective:
            found.append((table.name, row))
    return len(rows), found


def matches(expression: re.Pattern[str], text: str) -> list[Any]:
    whole = expression.fullmatch(text)
    return [whole and whole.groups(), *((one.span(), one.groups()) for one in expression.finditer(text))]


def replies(paths: Sequence[Path], recorded: Path | None) -> list[tuple[Any, str]]:
    """Cases with the replies to them."""
    from vilomem_core.readers import read_cases
    from vilomem_core.scoring.verification import read_labelled
    from vilomem_core.types import Case

    found: list[tuple[Any, str]] = [(one.case, one.reply) for path in paths for one in read_labelled(path)]
    if recorded is not None:
        folders = [folder for folder in (recorded.parent / "cases").iterdir() if folder.is_dir()]
        cases = {case.id: case for folder in folders for case in read_cases(str(folder)) if isinstance(case, Case)}
        rows = [
            json.loads(line) for path in sorted(recorded.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()
        ]
        found += [(cases[row["case_id"]], row["text"]) for row in rows if row["role"] == "solve" and row["case_id"] in cases]
    return found


def verdicts(job: tuple[str, str, Sequence[Path], Path | None]) -> tuple[str, str, list[tuple[str, ...]]]:
    """Every reply's verdict without one row; runs in a process of its own."""
    table, row, paths, recorded = job
    patterns_without(table, row)
    from vilomem_core.verification import verify

    found = [verify(case, reply) for case, reply in replies(paths, recorded)]
    return table, row, [(one.status.value, one.method, str(one.extracted)) for one in found]


def main(paths: Sequence[Path], recorded: Path | None, prefix: str, processes: int) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, maxtasksperchild=1) as pool:
        count, rows = pool.apply(effective_rows, [paths, recorded, prefix])
        _, _, before = pool.apply(verdicts, [("", "", paths, recorded)])
        needed: dict[str, list[str]] = {}
        for table, row, after in pool.imap_unordered(verdicts, [(*row, paths, recorded) for row in rows], chunksize=1):
            changed = sum(one != other for one, other in zip(before, after, strict=True))
            print(f"{changed:5} {table:24} {row}", flush=True)
            if changed:
                needed.setdefault(table, []).append(row)
        unneeded = {
            table: left
            for table, all_of in pool.apply(all_rows, [prefix]).items()
            if (left := [row for row in all_of if row not in needed.get(table, [])])
        }
    totals = {"replies": len(before), "rows": count, "effective": len(rows), "needed": sum(map(len, needed.values()))}
    print(json.dumps({**totals, "unneeded": unneeded}, ensure_ascii=False))


def all_rows(prefix: str) -> dict[str, list[str]]:
    import vilomem_core.verification  # noqa: F401
    from vilomem_core.verification.patterns import TABLES

    return {name: list(table.examples) for name, table in TABLES.items() if name.startswith(prefix)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", nargs="*", type=Path)
    parser.add_argument("--recorded", type=Path)
    parser.add_argument("--tables", default="", metavar="PREFIX")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    main([OWN, *given.labelled], given.recorded, given.tables, given.processes)
