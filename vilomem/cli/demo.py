"""``vilomem demo``: the whole job on questions that the program draws itself, with a simulated learner; offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vilomem.cli.options import EngineKind, output
from vilomem_core.errors import SettingsError

if TYPE_CHECKING:
    from flows.learn import LearnReport
    from vilomem_core.settings.tree import Settings

DEMO_MARGIN = 0.25  # with 40 held-out questions, no smaller loss against the current snapshot can be ruled out
DATA, STORE = "data", "store"
MARK = "made-by-vilomem-demo"  # the demo overwrites only what it made


def demo(
    out: Annotated[Path, typer.Option(help="Where the demo's questions, store and report go.")] = Path("vilomem-demo"),
    cases: Annotated[int, typer.Option(help="How many questions to draw.", min=8)] = 160,
    rounds: Annotated[int, typer.Option(help="Slices of the questions.", min=1)] = 4,
    engine: EngineKind = "ray",
) -> int:
    """Draw questions with known traps, learn from them with a simulated learner, and show how memory grows."""
    from vilomem.cli.job import rounds_table

    console = output()
    console.print("The learner and its critics are [bold]simulated[/]: known blind spots, no model, no network.")
    report, page = run_demo(out, cases, rounds, engine or "ray")
    console.print(rounds_table(report))
    last = report.rounds[-1].snapshot
    if last is not None:
        console.print(f"{last.visual} visual and {last.logic} logic rules in the last snapshot (simulated learner).")
    console.print(f"report: {page}", markup=False)
    console.print("next:")
    store = out / "store"
    for command in (
        f'vilomem recall --store {store} --question "How much larger is the area when the side doubles?"',
        f'vilomem sql --store {store} "select * from v_growth"',
        f"vilomem export --store {store} --format bundle --out {out / 'snapshot'}",
        "vilomem learn DATA --solver openai:MODEL --base-url http://127.0.0.1:8000/v1",
    ):
        console.print(f"  {command}", markup=False)
    return 0


def demo_settings(folder: Path, rounds: int, engine: str) -> Settings:
    """The settings of the demo: the simulated learner plays every role, and a part of the cases is held out."""
    from vilomem_core.settings.layers import Layer
    from vilomem_core.settings.load import load_settings

    simulated = {f"roles.{role}.model": "simulated" for role in ("solver", "merger")}
    values = {
        "data": [str(folder / DATA)],
        "store": str(folder / STORE),
        "learn.rounds": rounds,
        "learn.holdout": 0.25,
        "release.margin": DEMO_MARGIN,
        "engine.kind": engine,
        **simulated,
    }
    return load_settings(None, {}, [Layer("demo", values)]).settings


def run_demo(folder: Path, cases: int, rounds: int, engine: str) -> tuple[LearnReport, str]:
    """Draw the questions, learn from them, write the report; returns the run's report and the page's path."""
    from flows.learn import learn
    from flows.report import report
    from vilomem.cli.job import job
    from vilomem_core.simulation import write_demo_dataset

    prepare(folder)
    write_demo_dataset(folder / DATA, cases, seed=0)
    settings = demo_settings(folder, rounds, engine)
    with job(settings) as session:
        result = learn(session)
    return result, report.fn(settings.store)


def prepare(folder: Path) -> None:
    """Make the demo's folder, or take one that an earlier demo made. Raises ``SettingsError`` for somebody else's folder."""
    mark = folder / MARK
    if folder.exists() and not mark.exists() and any(folder.iterdir()):
        raise SettingsError(f"{folder} holds something that the demo did not make.", "Give another folder: vilomem demo --out DIR")
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
