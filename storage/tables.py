"""All tables of a store, opened when they are first needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from storage.schema import KEYS
from storage.table import Table
from storage.translate import store_errors
from vilomem_core.errors import StoreError

LANCE_FOLDER = "lance"
CACHE_BYTES = 32 << 20  # each of two; LanceDB's own default lets caches grow to several GB


class Tables:
    """The tables in ``folder``/lance; ``schemas`` are those of ``storage.schema``."""

    def __init__(self, folder: Path, schemas: Mapping[str, pa.Schema]) -> None:
        self._folder = folder
        self.schemas = schemas
        self._open: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        if name not in self.schemas:
            raise StoreError(f"a store has no table {name!r}.", f"Its tables are {', '.join(self.schemas)}.")
        if name not in self._open:
            self._open[name] = self._opened(name)
        return self._open[name]

    def create(self) -> None:
        """Make every table, empty, with its key declared; what a killed creation left is made anew."""
        with store_errors(self._folder, "creating the tables"):
            self._database.drop_all_tables()
        for name, schema in self.schemas.items():
            with store_errors(self._folder, f"creating {name}"):
                table = self._database.create_table(name, schema=schema)
                table.set_unenforced_primary_key(KEYS[name])
            self._open[name] = Table(table, name, KEYS[name], self._folder)

    @cached_property
    def _database(self) -> Any:
        # imported here: it takes 1.5 s, and a command that only prints a setting need not wait for it
        import lancedb

        session = lancedb.Session(index_cache_size_bytes=CACHE_BYTES, metadata_cache_size_bytes=CACHE_BYTES)
        # interval zero: every read sees what another process has written meanwhile
        return lancedb.connect(self._folder / LANCE_FOLDER, session=session, read_consistency_interval=timedelta(0))

    def _opened(self, name: str) -> Table:
        with store_errors(self._folder, f"opening {name}"):
            table = self._database.open_table(name)
            schema = table.schema.remove_metadata()
        if not schema.equals(self.schemas[name]):
            raise StoreError(
                f"the store {self._folder} is damaged: its table {name} has other columns than its format says.",
                "Restore it from a copy.",
            )
        return Table(table, name, KEYS[name], self._folder)
