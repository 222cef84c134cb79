"""The named views: each file of ``storage/sql`` is one, by its name."""

from __future__ import annotations

from importlib import resources


def view_definitions() -> dict[str, str]:
    """Every view with its query, in name order."""
    folder = resources.files("storage") / "sql"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return {entry.name.removesuffix(".sql"): entry.read_text(encoding="utf-8") for entry in files}
