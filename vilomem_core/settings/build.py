"""Layers of dotted keys into one tree of frozen dataclasses, by their type hints.

Field types in use: bool, int, float, str, Literal, ``X | None``, ``tuple[str, ...]`` and nested dataclasses.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from vilomem_core.errors import SettingsError
from vilomem_core.settings.layers import Layer

Tree = TypeVar("Tree")


def known_keys(cls: type[Any], prefix: str = "") -> Iterator[str]:
    """Every dotted key of the tree, in the order of the fields."""
    hints = get_type_hints(cls)
    for field in fields(cls):
        kind = hints[field.name]
        if is_dataclass(kind):
            yield from known_keys(kind, f"{prefix}{field.name}.")  # type: ignore[arg-type]
        else:
            yield prefix + field.name


def merge(layers: Sequence[Layer], keys: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and sources by key, later layers over earlier ones. Raises ``SettingsError`` for a key that does not exist."""
    known = set(keys)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for layer in layers:
        for key, value in layer.values.items():
            if key not in known:
                raise SettingsError(f"unknown setting {key!r} ({layer.source}).", nearest_hint(key, keys))
            values[key], sources[key] = value, layer.source
    return values, sources


def nearest_hint(key: str, keys: Sequence[str]) -> str:
    """Names the nearest valid key: by the whole dotted name, by its last part, or the keys of its section."""
    close = difflib.get_close_matches(key, keys, n=1, cutoff=0.6)
    if not close:
        leaves = {valid.rsplit(".", 1)[-1]: valid for valid in keys}
        close = [leaves[leaf] for leaf in difflib.get_close_matches(key.rsplit(".", 1)[-1], list(leaves), n=1, cutoff=0.6)]
    if close:
        return f"Did you mean {close[0]!r}?"
    inside = [valid for valid in keys if valid.startswith(key.split(".", maxsplit=1)[0] + ".")]
    if inside:
        return "Valid keys there: " + ", ".join(inside) + "."
    return "`vilomem config` prints all keys."


def build(base: Tree, values: Mapping[str, Any], sources: Mapping[str, str], prefix: str = "") -> Tree:
    """``base`` with its part of the values; a field without a value keeps what it is in ``base``."""
    hints = get_type_hints(type(base))
    arguments: dict[str, Any] = {}
    for field in fields(base):  # type: ignore[arg-type]
        key, kind = prefix + field.name, hints[field.name]
        if is_dataclass(kind):
            if any(name.startswith(key + ".") for name in values):
                arguments[field.name] = build(getattr(base, field.name), values, sources, key + ".")
        elif key in values:
            arguments[field.name] = convert(values[key], kind, key, sources.get(key, "default"))
    return replace(base, **arguments)  # type: ignore[type-var]


def convert(value: Any, kind: Any, key: str, source: str) -> Any:
    """``value`` as the type of its field. Numbers are not made from words, nor truth values from numbers."""
    if get_origin(kind) in {Union, types.UnionType}:
        if value is None:
            return None
        kind = next(option for option in get_args(kind) if option is not type(None))
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            near = difflib.get_close_matches(str(value), [str(choice) for choice in get_args(kind)], n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            choices = ", ".join(str(choice) for choice in get_args(kind))
            raise SettingsError(f"{key} = {value!r} ({source}) is none of: {choices}.{hint}")
        return value
    if get_origin(kind) is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list | tuple):
            raise SettingsError(f"{key} = {value!r} ({source}) is not a list.")
        return tuple(convert(item, get_args(kind)[0], key, source) for item in items)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is str and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise SettingsError(f"{key} = {value!r} ({source}) is not {_words(kind)}.")
    return value


def _words(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}.get(kind, str(kind))
