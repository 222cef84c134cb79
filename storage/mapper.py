"""Frozen dataclasses as Arrow tables and back: columns and conversion follow the type hints.

A field is a column of its name. A field that is a record itself lies flat: its fields are columns with its name before them
(``verdict_status``), except that the word ``usage`` is left out (``verdict_calls``). A tuple of records is a list of structs.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from operator import attrgetter, itemgetter
from typing import Any, Generic, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

import pyarrow as pa

from storage.columns import matrix, offsets, text_array, vector_column, vector_list_column, vector_lists, vector_type
from vilomem_core.types import F32

Record = TypeVar("Record")
_SCALARS: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.large_binary(),
}
_PAIR = ("name", "value")  # the struct that a pair becomes


@dataclass(frozen=True, slots=True)
class Extra(Generic[Record]):
    """A column that no field of the record has: worked out by ``compute``, or without one given to ``to_arrow`` by its name."""

    kind: pa.DataType = field(default_factory=pa.string)
    compute: Callable[[Record], Any] | None = None


@dataclass(frozen=True, slots=True)
class Differences:
    """Where a table differs from what the hints say, by column: 32-bit integers, other names, and the vectors."""

    narrow: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)
    text_vectors: tuple[str, ...] = ()
    image_stacks: tuple[str, ...] = ()


class Mapper(Generic[Record]):
    """The rows of one table as records of one class.

    ``order`` names fields and extra columns in the table's order; without it extra columns come first, then the fields.
    """

    def __init__(
        self,
        record: type[Record],
        order: str = "",
        differences: Differences = Differences(),
        extra: Mapping[str, Extra[Record]] = types.MappingProxyType({}),
    ) -> None:
        self.differences = differences
        self._record = record
        self._extra = extra
        self._schemas: dict[tuple[int, int], pa.Schema] = {}
        hints = get_type_hints(record)
        self._order = order.split() or [*extra, *hints]
        self._fields = {
            name: _part(name, hint, "", differences) for name, hint in hints.items() if name in self._order and hint != F32
        }
        self._names = [spec.name for spec in fields(record)]  # type: ignore[arg-type]

    def schema(self, text_dim: int = 0, image_dim: int = 0) -> pa.Schema:
        """The table's columns; the dimensions are the lengths of its vectors, where it has any."""
        if (text_dim, image_dim) not in self._schemas:  # asked for with every few records
            self._schemas[text_dim, image_dim] = self._made_schema(text_dim, image_dim)
        return self._schemas[text_dim, image_dim]

    def _made_schema(self, text_dim: int, image_dim: int) -> pa.Schema:
        vectors = dict.fromkeys(self.differences.text_vectors, vector_type(text_dim))
        vectors |= dict.fromkeys(self.differences.image_stacks, pa.list_(vector_type(image_dim)))
        columns: list[pa.Field] = []
        for name in self._order:
            if name in vectors:
                columns.append(pa.field(name, vectors[name], nullable=False))
            elif name in self._extra:
                columns.append(pa.field(name, self._extra[name].kind, nullable=self._extra[name].compute is None))
            else:
                columns += self._fields[name].columns()
        return pa.schema(columns)

    def to_arrow(self, records: Sequence[Record], schema: pa.Schema | None = None, **given: Sequence[Any]) -> pa.Table:
        """``schema`` is needed where there are vectors; ``given`` holds the extra columns that are not computed.

        Raises StoreError naming the first record whose vector has another length or is not finite. In text that is no valid
        Unicode (half of a surrogate pair in a model's reply) the broken character becomes U+FFFD.
        """
        schema = schema or self.schema()
        arrays: dict[str, pa.Array] = {}
        for name, extra in self._extra.items():
            values = given[name] if extra.compute is None else list(map(extra.compute, records))
            arrays[name] = text_array(values, extra.kind)
        for name, part in self._fields.items():
            part.write(list(map(attrgetter(name), records)), arrays)
        vectors = (*self.differences.text_vectors, *self.differences.image_stacks)
        ids = list(map(attrgetter("id"), records)) if vectors else []
        for name in vectors:
            column = vector_column if name in self.differences.text_vectors else vector_list_column
            arrays[name] = column(list(map(attrgetter(name), records)), schema.field(name).type, ids)
        return pa.Table.from_arrays([arrays[name] for name in schema.names], schema=schema)

    def from_arrow(self, table: pa.Table, **given: Sequence[Any]) -> list[Record]:
        """The records of ``table``, which may have extra columns; ``given`` holds the fields that are not columns."""
        values: dict[str, Sequence[Any]] = dict(given)
        values |= {name: part.read(table) for name, part in self._fields.items()}
        values |= {name: list(matrix(table.column(name))) for name in self.differences.text_vectors}
        values |= {name: vector_lists(table.column(name)) for name in self.differences.image_stacks}
        return [self._record(*row) for row in zip(*(values[name] for name in self._names), strict=True)]


# ------------------------------------------------------------------------------------------------------ one field of a record


@dataclass(frozen=True, slots=True)
class _Value:
    """A value that fills one column: its type, whether it may be null, how an array is built of many, and what one is read as."""

    kind: pa.DataType
    nullable: bool = False
    build: Callable[[Sequence[Any]], pa.Array] | None = None
    decode: Callable[[Any], Any] | None = None

    def array(self, values: Sequence[Any]) -> pa.Array:
        return text_array(values, self.kind) if self.build is None else self.build(values)


class _Column:
    """A field that is one column."""

    def __init__(self, name: str, value: _Value) -> None:
        self.name = name
        self.value = value

    def columns(self) -> list[pa.Field]:
        return [pa.field(self.name, self.value.kind, nullable=self.value.nullable)]

    def write(self, values: Sequence[Any], arrays: dict[str, pa.Array]) -> None:
        arrays[self.name] = self.value.array(values)

    def read(self, table: pa.Table) -> list[Any]:
        found: list[Any] = table.column(self.name).to_pylist()
        return found if self.value.decode is None else list(map(self.value.decode, found))


class _Flat:
    """A field that is a record and lies flat. An ``optional`` one that is None has a null in its first column, and empty lists.

    Raises ``TypeError`` for an optional record with other fields: there None could not be written, or would not come back.
    """

    def __init__(self, record: Any, prefix: str, differences: Differences, optional: bool) -> None:
        self._record = record
        self._optional = optional
        self._parts = {name: _part(name, hint, prefix, differences) for name, hint in get_type_hints(record).items()}
        if optional:
            first, *others = self._parts.values()
            lists = all(isinstance(part, _Column) and pa.types.is_list(part.value.kind) for part in others)
            if not lists or not isinstance(first, _Column) or first.value.decode is not None or first.value.nullable:
                raise TypeError(f"no columns for an optional {record.__name__}: one plain value that is never None, then tuples")
            first.value = replace(first.value, nullable=True)

    def columns(self) -> list[pa.Field]:
        return [column for part in self._parts.values() for column in part.columns()]

    def write(self, values: Sequence[Any], arrays: dict[str, pa.Array]) -> None:
        for position, (name, part) in enumerate(self._parts.items()):
            if self._optional:
                absent = None if position == 0 else ()
                part.write([absent if value is None else getattr(value, name) for value in values], arrays)
            else:
                part.write(list(map(attrgetter(name), values)), arrays)

    def read(self, table: pa.Table) -> list[Any]:
        rows = zip(*(part.read(table) for part in self._parts.values()), strict=True)
        if self._optional:
            return [None if row[0] is None else self._record(*row) for row in rows]
        return [self._record(*row) for row in rows]


_Part: TypeAlias = _Column | _Flat


def _part(name: str, hint: Any, prefix: str, differences: Differences) -> _Part:
    inner, optional = _without_none(hint)
    if is_dataclass(inner):
        before = name.removesuffix("usage") if name.endswith("usage") else f"{name}_"
        return _Flat(inner, prefix + before, differences, optional)
    column = differences.renamed.get(prefix + name, prefix + name)
    value = replace(_value(inner), nullable=optional)
    if optional and value.decode is not None:
        raise TypeError(f"no column for {prefix}{name}: an enum or a tuple that may be None would not come back")
    return _Column(column, replace(value, kind=pa.int32()) if column in differences.narrow else value)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if isinstance(hint, types.UnionType):
        [inner] = [part for part in get_args(hint) if part is not type(None)]
        return inner, True
    return hint, False


# -------------------------------------------------------------------------------------------------------- values of a column


def _value(hint: Any) -> _Value:
    if hint in _SCALARS:
        return _Value(_SCALARS[hint])
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _Value(pa.string(), decode=hint)
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return _listed(get_args(hint)[0])
    raise TypeError(f"no column for {hint}")


def _listed(item: Any) -> _Value:
    """A tuple of plain values, of records or of pairs."""
    if item in _SCALARS:
        return _Value(pa.list_(_SCALARS[item]), decode=tuple)
    if is_dataclass(item):
        hints = get_type_hints(item)
        names, values = tuple(hints), [_value(hint) for hint in hints.values()]
        parts: list[Callable[[Any], Any]] = [attrgetter(name) for name in names]
        made: Callable[..., Any] = item  # type: ignore[assignment]
    else:
        names, values = _PAIR, [_value(hint) for hint in get_args(item)]
        parts, made = [itemgetter(0), itemgetter(1)], lambda *pair: pair
    struct = [pa.field(name, value.kind, nullable=False) for name, value in zip(names, values, strict=True)]
    kind = pa.list_(pa.struct(struct))
    decoders = [(name, value.decode or _same) for name, value in zip(names, values, strict=True)]

    def build(lists: Sequence[Sequence[Any]]) -> pa.Array:
        items = [one for items in lists for one in items]
        arrays = [value.array(list(map(part, items))) for value, part in zip(values, parts, strict=True)]
        bounds = offsets([len(items) for items in lists])
        return pa.ListArray.from_arrays(bounds, pa.StructArray.from_arrays(arrays, fields=struct), type=kind)

    def decode(rows: Iterable[Mapping[str, Any]]) -> tuple[Any, ...]:
        return tuple(made(*(change(row[name]) for name, change in decoders)) for row in rows)

    return _Value(kind, build=build, decode=decode)


def _same(value: Any) -> Any:
    return value
