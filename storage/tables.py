"""The LanceDB tables of a store, and the few things that the store does with one.

There is one writer at a time (``storage.lock``), and it looks which keys exist before it adds rows. Keys are declared to LanceDB as
well. What is searched for travels as expressions, never as SQL text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from storage.errors import store_errors
from storage.files import check_name
from storage.schema import KEYS, StoreDescriptor, table_schemas
from vilomem_core.errors import StoreError

LANCE_FOLDER = "lance"
CACHE_BYTES = 32 << 20  # each of two; LanceDB's own default lets caches grow to several GB
LOOKUP_CHUNK = 1_000  # keys in one filter; LanceDB's planning time grows with the list
SCAN_SHARE = 50  # measured: reading the whole key column beats looking keys up from about one key in 50 rows on,
READ_SHARE = 5  # and reading whole rows from about one row in 5 on
BATCH_ROWS = 8_192
BATCH_IMAGES = 256  # pictures have up to some MB
COMPACT_FRAGMENTS = 32  # measured: to look up 64 rows takes 17 ms in one fragment, 28 ms in 16, 80 ms in 64
# Compaction rewrites the whole table, pictures and vectors too, and takes 800 MB for a moment (366,000 candidates). Tables with an
# index need it less: a look-up goes to the fragments that hold the rows.
HEAVY_TABLES = {"images", "candidates"}
COMPACT_LATE_FRAGMENTS = 512
INDEX_ROWS = 100_000  # measured: below, a look-up without an index takes 15 ms

Where: TypeAlias = tuple[str, Sequence[str] | Sequence[bool]]
"""A column and the values that it may have."""


class Tables:
    """The tables in ``folder``/lance, of a store that is as ``descriptor`` says."""

    def __init__(self, folder: Path, descriptor: StoreDescriptor) -> None:
        self._folder = folder
        self._descriptor = descriptor
        self._open: dict[str, Table] = {}

    @cached_property
    def schemas(self) -> dict[str, pa.Schema]:
        """The columns of every table."""
        return table_schemas(self._descriptor.text_dim, self._descriptor.image_dim)

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


class Table:
    """A LanceDB table ``name`` whose rows are identified by the column ``key``; ``folder`` is the store, for errors."""

    def __init__(self, lance: Any, name: str, key: str, folder: Path) -> None:
        self._lance = lance
        self._folder = folder
        self.name = name
        self.key = key

    # ------------------------------------------------------------------------------------------------------------ reading

    @property
    def schema(self) -> pa.Schema:
        with self._errors("reading"):
            return self._lance.schema

    def count(self) -> int:
        with self._errors("counting"):
            return int(self._lance.count_rows())

    def scan(self, columns: Sequence[str] | None = None, where: Where | None = None) -> pa.RecordBatchReader:
        """Rows as a stream, all or those that ``where`` names; only ``columns`` are read."""
        return pa.RecordBatchReader.from_batches(*self._stream(columns, where))

    def read(self, columns: Sequence[str] | None = None, where: Where | None = None) -> pa.Table:
        """``scan`` in memory."""
        return self.scan(columns, where).read_all()

    def fetch(self, column: str, values: Iterable[str], columns: Sequence[str] | None = None) -> pa.Table:
        """The rows whose ``column`` is one of ``values``, in no particular order."""
        wanted = list(dict.fromkeys(values))
        if len(wanted) > LOOKUP_CHUNK and len(wanted) * READ_SHARE > self.count():
            return self._sifted(column, wanted, columns)
        chunks = [wanted[start : start + LOOKUP_CHUNK] for start in range(0, len(wanted), LOOKUP_CHUNK)]
        return pa.concat_tables([self.read(columns, (column, chunk)) for chunk in chunks or [[]]])

    def existing(self, keys: Iterable[str]) -> set[str]:
        """Those of ``keys`` that have a row."""
        wanted = list(dict.fromkeys(keys))
        many = len(wanted) > LOOKUP_CHUNK and len(wanted) * SCAN_SHARE > self.count()
        rows = self._sifted(self.key, wanted, [self.key]) if many else self.fetch(self.key, wanted, [self.key])
        return set(rows.column(self.key).to_pylist())

    def _sifted(self, column: str, wanted: Sequence[str], columns: Sequence[str] | None) -> pa.Table:
        """``fetch`` by reading everything: the way when most rows are wanted."""
        values = pa.array(wanted, type=pa.string())
        names = None if columns is None else list(dict.fromkeys([*columns, column]))
        reader = self.scan(names)
        kept = [batch.filter(pc.is_in(batch.column(column), values)) for batch in reader]
        rows = pa.Table.from_batches(kept, schema=reader.schema)
        return rows if columns is None else rows.select(list(columns))

    def _stream(self, columns: Sequence[str] | None, where: Where | None) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        from lancedb.expr import col

        with self._errors("reading"):
            query = self._lance.search()
            if columns is not None:
                query = query.select(list(columns))
            if where is not None:
                query = query.where(col(where[0]).isin(list(where[1])))
            reader = query.to_batches(batch_size=BATCH_IMAGES if self.name == "images" else BATCH_ROWS)
        return reader.schema, self._guarded(reader)

    def _guarded(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        with self._errors("reading"):
            yield from reader

    # ------------------------------------------------------------------------------------------------------------ writing

    def insert_new(self, rows: pa.Table) -> int:
        """Add the rows whose key is new, in one commit, and say how many they were; rows that exist stay as they are.

        The caller holds the writer's lock: LanceDB appends without a look at the key. Its own merge would look again, but keeps
        about 1 MB for each commit (measured over 160 of them) and takes twice the memory and time.
        """
        fresh = first_of_each_key(rows, self.key)
        known = self.existing(fresh.column(self.key).to_pylist())
        if known:
            mask = pc.invert(pc.is_in(fresh.column(self.key), pa.array(sorted(known), type=pa.string())))
            fresh = fresh.filter(mask)
        if fresh.num_rows:
            with self._errors("writing"):
                self._lance.add(fresh)
        return int(fresh.num_rows)

    def upsert(self, rows: pa.Table) -> None:
        """Write rows in one commit; a row of the same key is replaced."""
        if rows.num_rows:
            merge = self._lance.merge_insert(self.key).when_matched_update_all().when_not_matched_insert_all()
            with self._errors("writing"):
                merge.execute(first_of_each_key(rows, self.key))

    def delete(self, keys: Iterable[str]) -> None:
        from lancedb.expr import col

        wanted = list(keys)
        for start in range(0, len(wanted), LOOKUP_CHUNK):
            with self._errors("writing"):
                self._lance.delete(col(self.key).isin(wanted[start : start + LOOKUP_CHUNK]))

    # --------------------------------------------------------------------------------------------------- versions and maintenance

    def pins(self) -> set[str]:
        """The names under which versions of this table are kept."""
        with self._errors("listing versions"):
            return set(self._lance.branches.list())

    def pin(self, name: str) -> None:
        """Keep the rows of this moment under ``name``, whatever happens to the table.

        A pin is a LanceDB branch that nobody writes to: pruning keeps what it needs, while a tag makes LanceDB refuse to prune.
        """
        with self._errors("pinning a version"):
            self._lance.branches.create(check_name(name, "a version"))

    def unpin(self, name: str) -> None:
        with self._errors("unpinning a version"):
            self._lance.branches.delete(check_name(name, "a version"))

    def pinned(self, name: str) -> Table:
        """The table as it was when ``name`` was pinned."""
        with self._errors("opening a version"):
            return Table(self._lance.branches.checkout(check_name(name, "a version")), self.name, self.key, self._folder)

    def maintain(self) -> None:
        """Compact many small files, and index the key of a large table, when it is worth the time."""
        with self._errors("compacting"):
            late = self.name in HEAVY_TABLES or self.count() >= INDEX_ROWS
            limit = COMPACT_LATE_FRAGMENTS if late else COMPACT_FRAGMENTS
            if self._lance.stats()["fragment_stats"]["num_fragments"] >= limit:
                self._lance.optimize()
            if self._unindexed() >= INDEX_ROWS:
                self._build_index()

    def prune(self, older_than: timedelta) -> None:
        """Compact, and remove versions older than this that are not pinned, and what killed writers left."""
        with self._errors("pruning"):
            # lancedb's own optimize() warns about an age of zero; the caller holds the writer's lock and has chosen the age
            self._lance.optimize(cleanup_older_than=max(older_than, timedelta(milliseconds=1)), delete_unverified=True)

    def versions(self) -> int:
        with self._errors("listing versions"):
            return len(self._lance.list_versions())

    def _unindexed(self) -> int:
        rows = self.count()
        if rows < INDEX_ROWS:
            return 0
        names = [index.name for index in self._lance.list_indices() if index.columns == [self.key]]
        indexed = self._lance.index_stats(names[0]).num_indexed_rows if names else 0
        # an index is rebuilt as a whole: waiting until a third is new keeps the total work linear
        return rows - indexed if rows - indexed > rows // 3 else 0

    def _build_index(self) -> None:
        from lancedb.index import BTree

        self._lance.create_index(self.key, config=BTree(), replace=True)

    def _errors(self, doing: str) -> Any:
        return store_errors(self._folder, f"{doing} {self.name}")


def first_of_each_key(rows: pa.Table, key: str) -> pa.Table:
    """The first row of each key, in order. LanceDB itself inserts every row of a batch, also two of one key."""
    numbered = pa.table({"key": rows.column(key), "row": pa.array(range(rows.num_rows), type=pa.int64())})
    firsts = numbered.group_by("key").aggregate([("row", "min")]).column("row_min")
    if len(firsts) == rows.num_rows:
        return rows
    return rows.take(pc.take(firsts, pc.sort_indices(firsts)))
