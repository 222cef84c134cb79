"""The report flow: one HTML page about a store."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from flows.report_data import report_data
from storage.store import Store
from vilomem_core.reporting import render_report

REPORT_NAME = "report.html"


@flow(name="report", persist_result=False)
def report(store: str, out: str | None = None) -> str:
    """Write the page, by default into the store's folder; returns its path."""
    with Store.open(Path(store), read_only=True) as opened:
        page = render_report(report_data(opened))
    path = Path(out) if out else Path(store) / REPORT_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return str(path)
