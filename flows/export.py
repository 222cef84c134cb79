"""The export flow: a snapshot for other programs."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from storage.bundle import export_bundle, export_jsonl
from storage.store import Store
from vilomem_core.errors import SettingsError

FORMATS = {"bundle": export_bundle, "jsonl": export_jsonl}


@flow(name="export", flow_run_name="export-{snapshot}", persist_result=False)
def export(store: str, snapshot: str, form: str, out: str) -> str:
    """Write a snapshot as a recall bundle (a folder) or as rules with their sources (a JSONL file); returns the path."""
    if form not in FORMATS:
        raise SettingsError(f"unknown export format {form!r}.", f"Formats: {', '.join(FORMATS)}.")
    with Store.open(Path(store), read_only=True) as opened:
        FORMATS[form](opened, snapshot, Path(out))
    return out
