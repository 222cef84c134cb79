"""The page: a template with marks, filled once."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from vilomem_core.reporting import charts, tables
from vilomem_core.reporting.data import ReportData
from vilomem_core.reporting.text import count, duration, escape

_MARK = re.compile(r"\{\{(\w+)\}\}")
SIMULATED = (
    "The learner on this page is simulated: a program with known blind spots that answers pictures drawn by the same program. "
    "Its numbers show that the pipeline works; they say nothing about any real model."
)


def render_report(data: ReportData) -> str:
    """One HTML file without any outside resource or script. All texts of ``data`` are escaped."""
    shown = charts.points(data.rounds)
    values = {
        "title": escape(data.title),
        "store": escape(data.store),
        "created_at": escape(data.created_at),
        "solver": f" · solver <code>{escape(data.solver)}</code>" if data.solver else "",
        "banner": f'<p class="banner" role="note"><strong>Simulated.</strong> {SIMULATED}</p>' if data.simulated else "",
        "tiles": _tiles(data),
        "accuracy": charts.accuracy_chart(shown),
        "growth": charts.growth_chart(shown),
        "verdicts": charts.verdict_chart(shown),
        "cost": charts.cost_chart(data.roles),
        "rounds": tables.rounds_table(data.rounds),
        "memories": tables.memory_cards(data.memories),
        "memory_note": _memory_note(data),
        "rejected": tables.rejected_table(data.rejected),
        "failures": tables.failures_table(data.failures),
        "snapshots": tables.snapshots_table(data.snapshots),
        "roles": tables.roles_table(data.roles, data.currency),
    }
    # one pass: a text that looks like a mark stays text
    return _MARK.sub(lambda mark: values[mark[1]], _template())


@cache
def _template() -> str:
    return (files(__package__) / "report.html").read_text(encoding="utf-8")


def _tiles(data: ReportData) -> str:
    """The few numbers that everybody asks for first."""
    judged = [row for row in data.rounds if row.correct + row.incorrect]
    accuracy = " → ".join(
        f"{100 * row.correct / (row.correct + row.incorrect):.0f}\N{NO-BREAK SPACE}%"
        for row in ([judged[0], judged[-1]] if len(judged) > 1 else judged)
    )
    tokens = sum(role.usage.prompt_tokens + role.usage.completion_tokens for role in data.roles)
    tiles = (
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
    return "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles)


def _memory_note(data: ReportData) -> str:
    if len(data.memories) >= data.active or not data.memories:
        return ""
    return f'<p class="dim">{len(data.memories)} of {data.active:,} are shown.</p>'
