"""The page: a template, filled once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from vilomem_core.evaluation import PairedResult
from vilomem_core.reporting import charts
from vilomem_core.reporting.data import ReportData
from vilomem_core.reporting.text import count, duration, fit, picture, share

MAX_ROWS = 100  # of any table; the rest is a query away
MAX_SUSPECTS = 3  # of one snapshot
SHOWN_ID_CHARS = 15  # a prefix and ten digits of a hash tell rows of one page apart
SIMULATED = (
    "The learner on this page is simulated: a program with known blind spots that answers pictures drawn by the same program. "
    "Its numbers show that the pipeline works; they say nothing about any real model."
)


def render_report(data: ReportData) -> str:
    """One HTML file without any outside resource or script. All texts of ``data`` are escaped."""
    shown = charts.points(data.rounds)
    return _template().render(
        data=data,
        tiles=_tiles(data),
        charts={
            "accuracy": charts.accuracy_chart(shown),
            "growth": charts.growth_chart(shown),
            "verdicts": charts.verdict_chart(shown),
            "cost": charts.cost_chart(data.roles),
        },
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_finalize)
    environment.filters |= {
        "count_of": count,
        "share_of": share,
        "duration": duration,
        "fit": fit,
        "picture": picture,
        "compared": _compared,
    }
    environment.globals |= {
        "max_rows": MAX_ROWS,
        "max_suspects": MAX_SUSPECTS,
        "shown_id_chars": SHOWN_ID_CHARS,
        "simulated": SIMULATED,
    }
    return environment.from_string((files(__package__) / "report.html").read_text(encoding="utf-8"))


def _finalize(value: Any) -> Any:
    """Every text that the template puts in, but finished markup, is made fit for a page; it is escaped afterwards."""
    return fit(str(value)) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _tiles(data: ReportData) -> tuple[tuple[str, str], ...]:
    """The few numbers that everybody asks for first."""
    judged = [row for row in data.rounds if row.correct + row.incorrect]
    accuracy = " → ".join(
        f"{100 * row.correct / (row.correct + row.incorrect):.0f}\N{NO-BREAK SPACE}%"
        for row in ([judged[0], judged[-1]] if len(judged) > 1 else judged)
    )
    tokens = sum(role.usage.prompt_tokens + role.usage.completion_tokens for role in data.roles)
    return (
        ("cases answered", count(sum(row.cases for row in data.rounds))),
        ("accuracy, first → last round", accuracy or "–"),
        ("active memories", count(data.active)),
        (
            "guidelines kept",
            f"{count(sum(row.accepted for row in data.rounds))} of {count(sum(row.candidates for row in data.rounds))}",
        ),
        ("tokens", count(tokens)),
        ("time in rounds", duration(sum(row.seconds for row in data.rounds))),
    )


def _compared(result: PairedResult, other: str) -> str:
    """One line about a paired comparison with ``other``."""
    if not result.pairs:
        return f"Against {other}: no pairs."
    low, high = result.interval()
    return (
        f"Against {other}: {100 * (result.baseline_accuracy or 0):.1f} % → {100 * (result.candidate_accuracy or 0):.1f} %, "
        f"{100 * result.difference:+.1f} points (95 % interval {100 * low:+.1f} to {100 * high:+.1f}), {result.fixed} fixed, "
        f"{result.broken} broken of {result.pairs}, p = {result.p_differs:.2g}."
    )
