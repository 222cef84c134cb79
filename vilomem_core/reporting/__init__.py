"""One self-contained HTML page about a run and its memory, made from plain records."""

from vilomem_core.reporting.data import (
    FailureRow,
    LineageExample,
    MemoryRow,
    RejectedExample,
    RejectedGroup,
    ReportData,
    RoleCost,
    RoundRow,
    SnapshotRow,
)
from vilomem_core.reporting.render import render_report

__all__ = [
    "FailureRow",
    "LineageExample",
    "MemoryRow",
    "RejectedExample",
    "RejectedGroup",
    "ReportData",
    "RoleCost",
    "RoundRow",
    "SnapshotRow",
    "render_report",
]
