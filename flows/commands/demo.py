"""``vilomem demo``: see the whole thing at work, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.options import EngineKind
from flows.console import output


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    out: Annotated[Path, typer.Option(help="Where the demo's questions, store and report go.")] = Path("vilomem-demo"),
    cases: Annotated[int, typer.Option(help="How many questions to draw.", min=8)] = 160,
    rounds: Annotated[int, typer.Option(help="Slices of the questions.", min=1)] = 4,
    engine: EngineKind = "ray",
) -> int:
    """Draw questions with known traps, learn from them with a simulated learner, and show how memory grows."""
    from flows.demo import run_demo
    from flows.tables import rounds_table

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
