"""The demo: the whole job on questions that the program draws itself, with a simulated learner."""

from __future__ import annotations

from pathlib import Path

from flows.job import job
from flows.learn import LearnReport, learn
from flows.report import report
from vilomem_core.errors import SettingsError
from vilomem_core.settings.layers import Layer
from vilomem_core.settings.load import load_settings
from vilomem_core.settings.tree import Settings
from vilomem_core.simulation import write_demo_dataset

DEMO_MARGIN = 0.25  # with 40 held-out questions, no smaller loss against the current snapshot can be ruled out
DATA, STORE = "data", "store"
MARK = "made-by-vilomem-demo"  # the demo overwrites only what it made


def demo_settings(folder: Path, rounds: int, engine: str) -> Settings:
    """The settings of the demo: the simulated learner plays every role, and a part of the cases is held out."""
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
