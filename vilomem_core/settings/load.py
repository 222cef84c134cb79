"""From layers to the settings tree: merged, checked, converted, and with the source of every value."""

from __future__ import annotations

import difflib
import json
import math
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from vilomem_core.errors import SettingsError
from vilomem_core.ids import content_id
from vilomem_core.prompts import prompts_digest
from vilomem_core.settings.layers import SOURCES, Layer, environment_layer, flatten, object_layer, yaml_layer
from vilomem_core.settings.models import RoleSettings, RolesSettings
from vilomem_core.settings.tree import Settings

if TYPE_CHECKING:
    from pydantic import TypeAdapter

CRITIC_ROLES = ("analyst", "visual_critic", "logic_critic")
# what a request or a verdict depends on; the rest (limits, places, engines) may change without changing any id
DIGESTED = ("verification", "gate", "recall", "heatmap", "embedders")
# what may be without end; any other number must be finite
ENDLESS = ("engine.straggler_s", "engine.stall_s", "reader.max_aspect_ratio")
WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", tuple: "a list of texts"}


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The tree, and for every key that was set the source of its value in words."""

    settings: Settings
    sources: Mapping[str, str]


def as_settings(source: Settings | Mapping[str, Any] | str | Path | None = None, **overrides: Any) -> Settings:
    """The settings of a program: a settings object, a mapping (nested or with dotted keys) or the path of a YAML file.

    ``overrides`` go on top by section: ``as_settings("job.yaml", learn={"rounds": 2}, store="here")``. The environment is not read.
    Raises ``SettingsError``.
    """
    return load_settings(source, layers=[object_layer("program", overrides)]).settings


def load_settings(
    source: Settings | Mapping[str, Any] | str | Path | None = None,
    environment: Mapping[str, str] | None = None,
    layers: Sequence[Layer] = (),
) -> LoadedSettings:
    """Defaults, then ``source`` (see ``as_settings``), then the environment, then ``layers`` in order. Raises ``SettingsError``.

    Of a settings object those values count as set that neither are defaults nor follow from its ``endpoint`` or its solver.
    """
    stack = [_source_layer(source), environment_layer(environment or {}), *layers]
    kinds = dict(_leaf_kinds(Settings))
    values, sources = _merge(stack, list(kinds))
    _inherit_endpoint(values, sources)
    _inherit_solver(values, sources)
    return LoadedSettings(_build(values, sources, kinds), sources)


def _source_layer(source: object) -> Layer:
    if source is None:
        return Layer("program", {})
    if isinstance(source, Settings):
        return Layer("program", _own_values(source))
    if isinstance(source, str | Path):
        return yaml_layer(source)
    if isinstance(source, Mapping):
        return object_layer("program", source)
    raise SettingsError(f"{type(source).__name__} is no form of settings.", SOURCES)


def _own_values(settings: Settings) -> dict[str, Any]:
    """What a settings object says itself, so that what roles inherit follows later layers as well.

    A role's default beside another shared value was set on purpose when some role has the shared value: inheritance ran before.
    """
    given, defaults = dict(flatten(settings)), dict(flatten(Settings()))
    roles = [field.name for field in fields(RolesSettings)]
    inherited: set[str] = set()
    purposeful: set[str] = set()
    for key in (key for key in given if key.startswith("endpoint.")):
        of_roles = [f"roles.{role}.{key}" for role in roles]
        equal = [own for own in of_roles if given[own] == given[key]]
        inherited.update(equal)
        if equal and given[key] != defaults[key]:
            purposeful.update(set(of_roles) - set(equal))
    solvers = [key for key in given if _critics_inherit(key)]
    for role in CRITIC_ROLES:
        owns = {key.replace("roles.solver.", f"roles.{role}."): key for key in solvers}
        if all(given[own] == given[key] for own, key in owns.items()):
            inherited.update(owns)
    return {key: value for key, value in given.items() if key not in inherited and (key in purposeful or value != defaults[key])}


def settings_digest(settings: Settings) -> str:
    """The id of everything that shapes requests and verdicts; part of every attempt's id (ARCHITECTURE.md, decision 2)."""
    roles = {field.name: role_identity(getattr(settings.roles, field.name)) for field in fields(RolesSettings)}
    parts = {name: dict(flatten(getattr(settings, name))) for name in DIGESTED}
    roles.pop("merger")  # shapes memories, not attempts
    return content_id("set", roles, parts, prompts_digest())


def role_identity(role: RoleSettings) -> list[Any]:
    """What of a role shapes its replies."""
    return [role.model, role.temperature, role.top_p, role.max_tokens, role.seed]


def _leaf_kinds(cls: type[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and type of every leaf, in the order of the fields."""
    hints = get_type_hints(cls)
    for field in fields(cls):
        kind = hints[field.name]
        if is_dataclass(kind):
            yield from _leaf_kinds(kind, f"{prefix}{field.name}.")  # type: ignore[arg-type]
        else:
            yield prefix + field.name, kind


def _merge(layers: Sequence[Layer], keys: Sequence[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Values and sources by key, later layers over earlier ones. Raises ``SettingsError`` for a key that does not exist."""
    known = set(keys)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for layer in layers:
        for key, value in layer.values.items():
            inside = [valid for valid in keys if valid.startswith(f"{key}.")]
            if inside:
                raise SettingsError(f"{key} is a section; give its keys, such as {inside[0]} ({layer.source}).")
            if key not in known:
                raise SettingsError(f"unknown setting {key!r} ({layer.source}).", _nearest(key, keys))
            values[key], sources[key] = value, layer.source
    return values, sources


def _nearest(key: str, keys: Sequence[str]) -> str:
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


def _inherit_endpoint(values: dict[str, Any], sources: dict[str, str]) -> None:
    shared = [key for key in values if key.startswith("endpoint.")]
    for role in fields(RolesSettings):
        for key in shared:
            own = f"roles.{role.name}.{key}"
            if own not in values:
                values[own], sources[own] = values[key], f"{key} ({sources[key]})"


def _inherit_solver(values: dict[str, Any], sources: dict[str, str]) -> None:
    """Analyst and critics without a model of their own use the solver's model, endpoint and hosts."""
    inherited = [key for key in values if _critics_inherit(key)]
    for role in CRITIC_ROLES:
        if values.get(f"roles.{role}.model") is None:
            for key in inherited:
                own = key.replace("roles.solver.", f"roles.{role}.")
                values[own], sources[own] = values[key], f"{key} ({sources[key]})"


def _critics_inherit(key: str) -> bool:
    return key == "roles.solver.model" or key.startswith(("roles.solver.endpoint.", "roles.solver.hosts."))


def _build(values: Mapping[str, Any], sources: Mapping[str, str], kinds: Mapping[str, Any]) -> Settings:
    """The tree of ``values`` over the defaults. Raises ``SettingsError`` that names every value of a wrong kind.

    Pydantic's strict reading of JSON is the strictness that is wanted: no numbers from words, no truth values from numbers, but an
    integer for a float and a list for a tuple. What is no JSON becomes an object, which no setting takes.
    """
    from pydantic import ValidationError  # takes 0.2 s

    fitting = {key: _fitting(value, kinds[key]) if _is_finite(key, value) else {} for key, value in values.items()}
    text = json.dumps(_nested({**dict(flatten(Settings())), **fitting}), default=lambda _: {})
    try:
        return _adapter().validate_json(text, strict=True)
    except ValidationError as exc:
        found = {".".join(part for part in error["loc"] if isinstance(part, str)): error["msg"] for error in exc.errors()}
        wrong = [
            _complaint(key, values[key], sources[key], kinds[key]) if key in values else f"{key or 'settings'}: {message}"
            for key, message in found.items()
        ]
        raise SettingsError("\n".join(wrong)) from exc


@cache
def _adapter() -> TypeAdapter[Settings]:
    from pydantic import TypeAdapter

    return TypeAdapter(Settings)


def _is_finite(key: str, value: Any) -> bool:
    return not isinstance(value, float) or math.isfinite(value) or (value == math.inf and key in ENDLESS)


def _fitting(value: Any, kind: Any) -> Any:
    """A number, path or date as text where a text is wanted, and one text as a list where a list of texts is."""
    if get_origin(kind) is tuple:
        items = [value] if isinstance(value, str | PurePath) else value
        return [_fitting(item, str) for item in items] if isinstance(items, list | tuple) else items
    is_written = isinstance(value, int | float | PurePath | date) and not isinstance(value, bool)
    return str(value) if is_written and str in (kind, *get_args(kind)) else value


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *sections, name = key.split(".")
        section = tree
        for part in sections:
            section = section.setdefault(part, {})
        section[name] = value
    return tree


def _complaint(key: str, value: Any, source: str, kind: Any) -> str:
    if get_origin(kind) in {Union, types.UnionType}:
        kind = next(option for option in get_args(kind) if option is not type(None))
    if get_origin(kind) is not Literal:
        wanted = WORDS.get(get_origin(kind) or kind, str(kind)) if _is_finite(key, value) else "a finite number"
        return f"{key} = {value!r} ({source}) is not {wanted}."
    near = difflib.get_close_matches(str(value), get_args(kind), n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"{key} = {value!r} ({source}) is none of: {', '.join(get_args(kind))}.{hint}"
