"""The report flow: one HTML page about a store."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from storage.errors import store_errors
from storage.files import write_atomically
from storage.report import report_data
from storage.store import Store
from vilomem_core.errors import StoreError
from vilomem_core.reporting import render_report

REPORT_NAME = "report.html"
MARK = b"<!doctype html>"


@flow(name="report", flow_run_name="report-{store}", persist_result=False)
def report(store: str, out: str | None = None) -> str:
    """Write the page, by default into the store's folder; returns its path."""
    with Store.open(Path(store), read_only=True) as opened:
        page = render_report(report_data(opened))
    path = Path(out) if out else Path(store) / REPORT_NAME
    write_page(path, page)
    return str(path)


def write_page(path: Path, page: str) -> None:
    """Write an HTML page, whole or not at all. Raises ``StoreError`` when it cannot be written, or a file of another kind is there."""
    with store_errors(path, "writing the report"):
        if path.exists() and not path.read_bytes()[: len(MARK)].lower() == MARK:
            raise StoreError(f"{path} is there, and it is no page.", "Give another name for --out, or remove it.")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, page.encode())
