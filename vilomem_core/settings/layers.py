"""Sources of settings, each as one layer of dotted keys.

Later layers win: defaults < YAML file < environment (``VILOMEM_RECALL__TOP_K=3``) < command line (``--set recall.top_k=3``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import yaml

from vilomem_core.errors import SettingsError

ENVIRONMENT_PREFIX = "VILOMEM_"
DATA_SUFFIXES = (".jsonl", ".ndjson", ".tsv", ".parquet")  # of data sets: no settings file ends so
SOURCES = "Settings are a mapping, a Settings object or the path of a YAML file; for data use data=[…]."


@dataclass(frozen=True, slots=True)
class Layer:
    """One source of values: ``values`` by dotted key, ``source`` in words."""

    source: str
    values: Mapping[str, Any]


def object_layer(source: str, tree: Any) -> Layer:
    """A mapping, nested or with dotted keys, or a settings object. Raises ``SettingsError`` for a key that is given in both ways."""
    values: dict[str, Any] = {}
    for key, value in flatten(tree):
        if key in values:
            raise SettingsError(f"the key {key!r} stands twice ({source}).")
        values[key] = value
    return Layer(source, values)


def yaml_layer(path: str | Path) -> Layer:
    """The settings file. An empty file is an empty layer; a list, a bare word or a data file is an error."""
    if Path(path).suffix.lower() in DATA_SUFFIXES:
        raise SettingsError(f"{path} is a data file, where settings are wanted.", SOURCES)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as exc:
        raise SettingsError(f"cannot read the settings file {path}: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(f"the settings file {path} is not UTF-8 text.") from exc
    try:
        tree = yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.YAMLError as exc:
        where = getattr(exc, "problem_mark", None)
        line = f" line {where.line + 1}" if where else ""
        raise SettingsError(f"{path}{line}: {getattr(exc, 'problem', None) or 'not valid YAML'}.") from exc
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise SettingsError(f"{path} holds no settings.", "Write `key: value` lines; `vilomem config` prints all keys.")
    return object_layer(str(path), tree)


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """Every ``VILOMEM_…`` variable; two underscores separate the levels. Unknown names are kept here and refused later."""
    values = {}
    for name, text in environment.items():
        if name.startswith(ENVIRONMENT_PREFIX):
            key = name.removeprefix(ENVIRONMENT_PREFIX).lower().replace("__", ".")
            values[key] = parse_value(text)
    return Layer("environment", values)


def assignment_layer(assignments: Sequence[str]) -> Layer:
    """``key=value`` words of the command line."""
    values = {}
    for word in assignments:
        key, equals, text = word.partition("=")
        if not equals or not key.strip():
            raise SettingsError(f"--set {word!r} is not key=value.", "Example: --set recall.top_k=3")
        values[key.strip()] = parse_value(text)
    return Layer("command line", values)


def parse_value(text: str) -> Any:
    """A YAML scalar or list: 3, 0.5, true, null, [a, b]; anything else is the text itself."""
    try:
        return yaml.safe_load(text) if text.strip() else text
    except yaml.YAMLError:
        return text


def flatten(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and value of every leaf of nested mappings or settings objects, in their order."""
    items = tree.items() if isinstance(tree, Mapping) else [(field.name, getattr(tree, field.name)) for field in fields(tree)]
    for key, value in items:
        if isinstance(value, Mapping) or is_dataclass(value):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", list(value) if isinstance(value, tuple) else value


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader for which a key that stands twice in one mapping is an error, not a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is not a name", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)
