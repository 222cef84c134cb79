"""``vilomem learn`` and ``vilomem evaluate``: the jobs that ask models."""

from __future__ import annotations

from typing import Annotated

import typer

from vilomem.cli import options
from vilomem.cli.options import Assignments, BaseUrl, ConfigFile, EngineKind, Json, Solver, StorePath, output

Data = Annotated[list[str] | None, typer.Argument(help="JSONL, VLMEvalKit TSV or Parquet files, folders or globs of them.")]


def learn(
    data: Data = None,
    solver: Solver = None,
    critics: Annotated[str | None, typer.Option(help="Analyst and both critics.", show_default="the solver")] = None,
    judge: Annotated[str | None, typer.Option(help="A model for answers that the rules cannot decide.")] = None,
    merger: Annotated[str | None, typer.Option(help="A model that judges and writes merged rules.")] = None,
    base_url: BaseUrl = None,
    store: StorePath = None,
    rounds: Annotated[int | None, typer.Option(help="Slices of the data set; memory grows from one to the next.")] = None,
    holdout: Annotated[float | None, typer.Option(help="Share of cases kept to release snapshots by evidence.")] = None,
    run: Annotated[str | None, typer.Option(help="A name, to learn from the same data again.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first bad row.")] = False,
    engine: EngineKind = None,
    actors: Annotated[int | None, typer.Option(help="Ray actors, each with its own models.")] = None,
    config: ConfigFile = None,
    set_: Assignments = None,
    json: Json = False,
) -> int:
    """Solve a data set in rounds, reflect on the mistakes, and publish what was learned. Run again to resume."""
    settings = options.load(
        config, set_, data=data, solver=solver, critics=critics, judge=judge, merger=merger, base_url=base_url, store=store,
        rounds=rounds, holdout=holdout, run=run, strict=strict, engine=engine, actors=actors,
    ).settings  # fmt: skip
    from tasks.build_models import check_job

    check_job(settings)
    from flows.learn import learn as learn_flow
    from vilomem.cli.job import job, learn_json, print_learn

    console = output()
    with job(settings) as session:
        report = learn_flow(session)
    if json:
        console.print_json(learn_json(report))
    else:
        print_learn(console, report, settings)
    report.check()
    return 0


def evaluate(
    data: Data = None,
    solver: Solver = None,
    base_url: BaseUrl = None,
    store: StorePath = None,
    snapshot: Annotated[str, typer.Option(help="The snapshot to try.")] = "latest",
    against: Annotated[str, typer.Option(help="What to compare with: none, latest or a snapshot's id.")] = "none",
    engine: EngineKind = None,
    config: ConfigFile = None,
    set_: Assignments = None,
    json: Json = False,
) -> int:
    """Solve a data set with and without memory, and compare case by case (exact McNemar test)."""
    settings = options.load(config, set_, data=data, solver=solver, base_url=base_url, store=store, engine=engine).settings
    from tasks.build_models import check_job

    check_job(settings)
    from flows.evaluate import evaluate as evaluate_flow
    from vilomem.cli.job import evaluation_json, job, print_evaluation

    console = output()
    with job(settings) as session:
        report = evaluate_flow(session, snapshot, against)
    if json:
        console.print_json(evaluation_json(report))
    else:
        print_evaluation(console, report)
    return 0
