"""A data set read for its problems alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.readers.problems import Problem, Severity
from vilomem_core.readers.read import DEFAULT_SETTINGS, read_cases
from vilomem_core.readers.settings import ReaderSettings
from vilomem_core.types import Case


@dataclass(frozen=True, slots=True)
class CheckReport:
    """``rows`` = ``cases`` + ``refused_rows`` + ``repeated_rows``; ``refused_files`` were not read, or not to their end.

    ``kinds`` counts all problems by severity and kind, most frequent first.
    """

    rows: int
    cases: int
    images: int
    refused_rows: int
    repeated_rows: int
    refused_files: int
    kinds: tuple[tuple[Severity, str, int], ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether every row of every file is used."""
        return self.cases > 0 and not (self.refused_rows or self.refused_files)


def check(sources: str | Sequence[str], settings: ReaderSettings = DEFAULT_SETTINGS) -> CheckReport:
    """Read everything, keep only the problems. Raises ``DataError`` as ``read_cases`` does."""
    cases = images = 0
    problems = []
    for item in read_cases(sources, settings):
        if isinstance(item, Case):
            cases += 1
            images += len(item.images)
        else:
            problems.append(item)
    refused = [problem for problem in problems if problem.severity is Severity.REJECT]
    files = sum(1 for problem in refused if problem.row is None)
    repeated = sum(1 for problem in problems if problem.kind == "duplicate_row")
    kinds = Counter((problem.severity, problem.kind) for problem in problems)
    return CheckReport(
        rows=cases + len(refused) - files + repeated,
        cases=cases,
        images=images,
        refused_rows=len(refused) - files,
        repeated_rows=repeated,
        refused_files=files,
        kinds=tuple((severity, kind, count) for (severity, kind), count in kinds.most_common()),
        problems=tuple(problems),
    )
