"""Which rows of verification's tables of patterns no labelled reply needs: each row is taken away in turn, and all replies are read anew.

    python benchmarks/ablate_patterns.py [LABELLED.jsonl ...] [--recorded FOLDER] [--tables PREFIX] [--processes 2]

Reads the tests' own labelled replies and those of the files given, and with --recorded the replies of recorded runs, whose cases lie in
``cases/`` beside that folder. A row is needed if a verdict, an extracted answer or a method changes without it. Prints, for each table,
the rows that are not, and at the end one JSON line. A row takes about five seconds of one processor.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OWN = ROOT / "tests" / "vilomem_core" / "verification" / "replies.jsonl"
PATTERNS = "vilomem_core.verification.patterns"


def patterns_without(table: str, row: str) -> None:
    """Load the module of tables such that one row is never compiled; to be called before any table is defined."""
    spec = importlib.util.spec_from_file_location(PATTERNS, ROOT / "vilomem_core" / "verification" / "patterns.py")
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[PATTERNS] = module
    spec.loader.exec_module(module)
    for kind in (module.PatternTable, module.RewriteTable):
        whole = kind.compiled
        kind.compiled = lambda self, whole=whole: whole(self.without(row) if self.name == table else self)


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
        _, _, before = pool.apply(verdicts, [("", "", paths, recorded)])
        rows = [(name, row) for name, row in pool.apply(all_rows) if name.startswith(prefix)]
        unneeded: dict[str, list[str]] = {}
        for table, row, after in pool.imap_unordered(verdicts, [(*row, paths, recorded) for row in rows], chunksize=1):
            changed = sum(one != other for one, other in zip(before, after, strict=True))
            print(f"{changed:5} {table:24} {row}", flush=True)
            if not changed:
                unneeded.setdefault(table, []).append(row)
    print(json.dumps({"replies": len(before), "rows": len(rows), "unneeded": unneeded}, ensure_ascii=False))


def all_rows() -> list[tuple[str, str]]:
    import vilomem_core.verification  # noqa: F401
    from vilomem_core.verification.patterns import TABLES

    return [(table.name, row) for table in TABLES.values() for row in table.examples]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", nargs="*", type=Path)
    parser.add_argument("--recorded", type=Path)
    parser.add_argument("--tables", default="", metavar="PREFIX")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    main([OWN, *given.labelled], given.recorded, given.tables, given.processes)
