"""A job at the command line: a session with a progress bar while it runs, which a signal ends in an orderly way; tables when it is done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from flows.evaluate import EvaluationReport
from flows.learn import LearnReport, RoundReport
from tasks.orchestrator import start_server, termination_as_stop
from tasks.session import Session, stop_on_signals
from vilomem_core.readers import Severity
from vilomem_core.settings.tree import Settings

PROBLEMS_SHOWN = 3
SUSPECTS_SHOWN = 5


@contextmanager
def job(settings: Settings) -> Iterator[Session]:
    """While this lasts, a signal ends the session: first what is under way is kept, a second signal interrupts.

    Raises ``RunStopped`` where Prefect's own handler ended a flow.
    """
    start_server()
    with (
        ProgressBar(Console(stderr=True)) as bar,
        Session(settings, bar) as session,
        stop_on_signals(session),
        termination_as_stop(),
    ):
        yield session


class ProgressBar:
    """One line that shows the stage at work; it leaves nothing behind. Off a terminal it prints nothing."""

    def __init__(self, console: Console) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._stage: TaskID | None = None

    def start(self, stage: str, total: int | None) -> None:
        if self._stage is not None:
            self._bar.remove_task(self._stage)
        self._stage = self._bar.add_task(stage, total=total)

    def advance(self, steps: int) -> None:
        if self._stage is not None:
            self._bar.advance(self._stage, steps)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()


def print_learn(console: Console, report: LearnReport, settings: Settings) -> None:
    """The table of rounds, what was refused or failed, and what to do next."""
    if report.data.refused:
        console.print(f"{report.data.refused} rows were refused; `vilomem check` lists them all. The first:", style="yellow")
        refused = [problem for problem in report.data.problems if problem.severity is Severity.REJECT]
        for problem in refused[:PROBLEMS_SHOWN]:
            console.print(f"  {problem}", markup=False, soft_wrap=True)
    console.print(rounds_table(report))
    failed = sum(row.record.failed for row in report.rounds)
    silent = sum(row.record.open_critics for row in report.rounds)
    if failed or silent:
        console.print(
            f"{failed} cases failed, {silent} critics' replies are missing; "
            f'`vilomem sql --store {settings.store} "select * from v_failures"` says why. '
            f"The same command with --set engine.case_tries={2 * settings.engine.case_tries} tries them again.",
            style="yellow", soft_wrap=True,
        )  # fmt: skip
    if report.resumed_rounds == len(report.rounds):
        console.print("This run was complete before; nothing was asked again. Use --run NAME to learn from the data again.")
    console.print(f"store: {settings.store}    run: {report.run_id}", markup=False, soft_wrap=True)
    console.print(f"next: vilomem report --store {settings.store}", markup=False, soft_wrap=True)


def rounds_table(report: LearnReport) -> Table:
    """One row a round. Accuracy leaves out undetermined answers, which have their own column."""
    table = Table("round", box=None, header_style="bold")
    for name in ("cases", "wrong", "undecided", "failed", "accuracy", "guidelines", "visual", "logic", "merged"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("snapshot", no_wrap=True)
    for row in report.rounds:
        record, snapshot = row.record, row.snapshot
        graded = record.correct + record.incorrect
        table.add_row(
            str(record.round),
            str(record.cases),
            str(record.incorrect),
            str(record.undetermined),
            str(record.failed),
            _percent(record.correct / graded if graded else None),
            str(record.candidates),
            str(snapshot.visual) if snapshot else "-",
            str(snapshot.logic) if snapshot else "-",
            str(merges(row)) if row.consolidation else "-",
            f"{snapshot.id} ({snapshot.status})" if snapshot else "-",
        )
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def merges(row: RoundReport) -> int:
    """How often a guideline joined a rule that was there, or rules became one, in this round's consolidation."""
    kinds = dict(row.consolidation.events) if row.consolidation else {}
    return kinds.get("grown", 0) + kinds.get("merged", 0)


def learn_json(report: LearnReport) -> str:
    rounds = [
        {
            "record": asdict(row.record),
            "consolidation": asdict(row.consolidation) if row.consolidation else None,
            "snapshot": asdict(row.snapshot) if row.snapshot else None,
        }
        for row in report.rounds
    ]
    data = {"cases": len(report.data.keys), "refused": report.data.refused, "digest": report.data.digest}
    return json.dumps({"run": report.run_id, "resumed_rounds": report.resumed_rounds, "data": data, "rounds": rounds})


def print_evaluation(console: Console, report: EvaluationReport) -> None:
    result = report.result
    console.print(f"{result.pairs} cases in both arms ({report.baseline} against {report.candidate})", markup=False)
    console.print(f"  accuracy {_percent(result.baseline_accuracy)} → {_percent(result.candidate_accuracy)}")
    console.print(f"  fixed {result.fixed}, broken {result.broken}, both right {result.both_right}, both wrong {result.both_wrong}")
    low, high = result.interval()
    console.print(
        f"  difference {result.difference:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}, exact p = {result.p_differs:.4f}"
    )
    if result.undetermined or result.unpaired:
        console.print(f"  left out: {result.undetermined} undetermined, {result.unpaired} without a verdict in one arm")
    for suspect in report.suspects[:SUSPECTS_SHOWN]:
        there = suspect.result
        console.print(
            f"  {suspect.memory_id} was recalled where {there.broken} broke and {there.fixed} were fixed (q = {suspect.q_harm:.2f})",
            markup=False, soft_wrap=True,
        )  # fmt: skip


def evaluation_json(report: EvaluationReport) -> str:
    return json.dumps(asdict(report))
