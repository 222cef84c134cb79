"""Which rows of verification's tables of patterns no labelled reply needs: each row is taken away in turn.

    python benchmarks/ablate_patterns.py [LABELLED.jsonl ...] [--recorded FOLDER] [--tables PREFIX] [--processes 2]

Reads the tests' own labelled replies and those of the files given, and with --recorded the replies of recorded runs, whose cases lie in
``cases/`` beside that folder. A row is needed if a verdict, an extracted answer or a method changes without it. Every expression keeps
the texts that it was asked about, so only the replies are verified again in which it matches otherwise without the row; a table whose
expression is a part of others is compiled anew in a process of its own, with all replies. Prints a line for each row without which
something matches otherwise, and at the end one JSON line with the rows that are not needed.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import multiprocessing
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / "tests" / "vilomem_core" / "verification" / "replies.jsonl"
PATTERNS = "vilomem_core.verification.patterns"
Verdict = tuple[str, str, str]


class Recorded:
    """An expression that keeps the texts it is asked about, and in which reply; ``embedded``: its text is a part of another one."""

    reply = -1  # the place of the reply that is being verified

    def __init__(self, expression: re.Pattern[str]) -> None:
        self.expression = expression
        self.replies_of: dict[str, set[int]] = defaultdict(set)
        self.embedded = False

    @property
    def pattern(self) -> str:
        self.embedded = True
        return self.expression.pattern

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.expression, name)

        def ask(*arguments: Any) -> Any:
            text = next(one for one in reversed(arguments) if isinstance(one, str))  # the second one of sub(put, text)
            self.replies_of[text].add(Recorded.reply)
            return method(*arguments)

        return ask if callable(method) else method

    def otherwise(self, expression: re.Pattern[str]) -> set[int]:
        """The replies with a text in which ``expression`` matches otherwise; those before any reply, as questions of tables, aside."""
        differ = (
            places for text, places in self.replies_of.items() if _matches(expression, text) != _matches(self.expression, text)
        )
        return set().union(*differ) - {-1}


def _matches(expression: re.Pattern[str], text: str) -> list[Any]:
    whole = expression.fullmatch(text)
    return [whole and whole.groups(), *((one.span(), one.groups()) for one in expression.finditer(text))]


def load_patterns() -> ModuleType:
    """The module of tables, before any table is defined, such that what it compiles can be changed."""
    spec = importlib.util.spec_from_file_location(PATTERNS, ROOT / "vilomem_core" / "verification" / "patterns.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PATTERNS] = module
    spec.loader.exec_module(module)
    return module


def recorded_tables(module: ModuleType) -> dict[str, list[Recorded]]:
    """Let every table compile to recorded expressions, which are kept by the table's name."""
    kept: dict[str, list[Recorded]] = {}
    one, several = module.PatternTable.compiled, module.RewriteTable.compiled

    def compiled_one(table: Any) -> Any:
        kept[table.name] = [Recorded(one(table))]
        return kept[table.name][0]

    def compiled_several(table: Any) -> Any:
        kept[table.name] = [Recorded(expression) for expression, _ in several(table)]
        return tuple(zip(kept[table.name], [put for _, put in several(table)], strict=True))

    module.PatternTable.compiled, module.RewriteTable.compiled = compiled_one, compiled_several
    module.plain_compiled = one
    return kept


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


def verdicts(pairs: Sequence[tuple[Any, str]], places: Sequence[int]) -> list[Verdict]:
    from vilomem_core.verification import VerificationSettings, verify

    unhurried = VerificationSettings(algebra_limit_s=60.0)  # a verdict must not depend on how busy the machine is
    found = []
    for place in places:
        Recorded.reply = place
        one = verify(*pairs[place], unhurried)
        found.append((one.status.value, one.method, str(one.extracted)))
    return found


def without_embedded(job: tuple[str, str, Sequence[Path], Path | None]) -> list[Verdict]:
    """All verdicts without one row of a table whose expression is a part of others; runs in a process of its own."""
    table, row, paths, recorded = job
    module = load_patterns()
    whole: Callable[..., Any] = module.PatternTable.compiled
    module.PatternTable.compiled = lambda self: whole(self.without(row) if self.name == table else self)
    pairs = replies(paths, recorded)
    return verdicts(pairs, range(len(pairs)))


def without(table: Any, row: str, kept: list[Recorded], compiled: Callable[..., Any]) -> tuple[Recorded, re.Pattern[str]]:
    """The recorded expression that the row is in, and what it is without the row."""
    if hasattr(table, "before"):
        return kept[0], compiled(table.without(row))
    one = kept[list(table.examples).index(row)]
    return one, re.compile(rf"(?!)(?:{one.expression.pattern})", one.expression.flags)  # a rewriting that is never done


def uncached(first: Any = None, **_: Any) -> Any:
    """In place of ``lru_cache``: a text that was read before would not be asked about again."""
    return first if callable(first) else lambda function: function


def main(paths: Sequence[Path], recorded: Path | None, prefix: str, processes: int) -> None:
    functools.lru_cache = uncached  # type: ignore[assignment]
    module = load_patterns()
    kept = recorded_tables(module)
    pairs = replies(paths, recorded)
    before = verdicts(pairs, range(len(pairs)))
    rows = [(table, row) for table in module.TABLES.values() for row in table.examples if table.name.startswith(prefix)]
    changed: dict[tuple[str, str], int] = {}
    apart = [(table.name, row) for table, row in rows if kept[table.name][0].embedded]
    for table, row in rows:
        if (table.name, row) in apart:
            continue
        expression, rest = without(table, row, kept[table.name], module.plain_compiled)
        places = sorted(expression.otherwise(rest))
        whole, expression.expression = expression.expression, rest
        changed[table.name, row] = sum(one != before[place] for one, place in zip(verdicts(pairs, places), places, strict=True))
        expression.expression = whole
        if places:
            print(f"{changed[table.name, row]:5} {table.name:32} {row}", flush=True)
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=1) as pool:
        jobs = [(*name, paths, recorded) for name in apart]
        for name, after in zip(apart, pool.imap(without_embedded, jobs, chunksize=1), strict=True):
            changed[name] = sum(one != other for one, other in zip(before, after, strict=True))
            print(f"{changed[name]:5} {name[0]:32} {name[1]}", flush=True)
    unneeded: dict[str, list[str]] = defaultdict(list)
    for (name, row), count in changed.items():
        if not count:
            unneeded[name].append(row)
    print(
        json.dumps(
            {"replies": len(pairs), "rows": len(rows), "needed": sum(map(bool, changed.values())), "unneeded": unneeded},
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", nargs="*", type=Path)
    parser.add_argument("--recorded", type=Path)
    parser.add_argument("--tables", default="", metavar="PREFIX")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    main([OWN, *given.labelled], given.recorded, given.tables, given.processes)
