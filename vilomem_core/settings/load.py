"""From layers to the settings tree, and back to a printout with sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from vilomem_core.ids import content_id
from vilomem_core.prompts import prompts_digest
from vilomem_core.settings.build import build, known_keys, merge
from vilomem_core.settings.layers import Layer, environment_layer, yaml_layer
from vilomem_core.settings.tree import RoleSettings, RolesSettings, Settings

CRITIC_ROLES = ("analyst", "visual_critic", "logic_critic")
# what a request or a verdict depends on; the rest (limits, places, engines) may change without changing any id
DIGESTED = ("verification", "gate", "recall", "heatmap", "embedders")


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The tree, and for every key that was set the source of its value in words."""

    settings: Settings
    sources: Mapping[str, str]


def load_settings(
    config: Path | None = None, environment: Mapping[str, str] | None = None, layers: Sequence[Layer] = ()
) -> LoadedSettings:
    """Defaults, then the file, then the environment, then ``layers`` in order. Raises ``SettingsError``."""
    stack = [yaml_layer(config)] if config else []
    stack.append(environment_layer(environment or {}))
    stack += layers
    keys = list(known_keys(Settings))
    values, sources = merge(stack, keys)
    _inherit_endpoint(values, sources)
    _inherit_solver(values, sources)
    return LoadedSettings(build(Settings(), values, sources), sources)


def _inherit_endpoint(values: dict[str, Any], sources: dict[str, str]) -> None:
    shared = [key for key in values if key.startswith("endpoint.")]
    for role in fields(RolesSettings):
        for key in shared:
            own = f"roles.{role.name}.{key}"
            if own not in values:
                values[own], sources[own] = values[key], f"{key} ({sources[key]})"


def _inherit_solver(values: dict[str, Any], sources: dict[str, str]) -> None:
    """Analyst and critics without a model of their own play on the solver's model, endpoint and hosts."""
    parts = ("roles.solver.endpoint.", "roles.solver.hosts.")
    inherited = [key for key in values if key == "roles.solver.model" or key.startswith(parts)]
    for role in CRITIC_ROLES:
        if values.get(f"roles.{role}.model") is None:
            for key in inherited:
                own = key.replace("roles.solver.", f"roles.{role}.")
                values[own], sources[own] = values[key], f"{key} ({sources[key]})"


def flatten(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted key and value of every leaf, in the order of the fields."""
    for field in fields(tree):
        value = getattr(tree, field.name)
        if is_dataclass(value):
            yield from flatten(value, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name, list(value) if isinstance(value, tuple) else value


def role_identity(role: RoleSettings) -> list[Any]:
    """What of a role shapes its replies."""
    return [role.model, role.temperature, role.top_p, role.max_tokens, role.seed]


def settings_digest(settings: Settings) -> str:
    """The id of everything that shapes requests and verdicts; part of every attempt's id (DESIGN, decision 2)."""
    roles = {field.name: role_identity(getattr(settings.roles, field.name)) for field in fields(RolesSettings)}
    parts = {name: dict(flatten(getattr(settings, name))) for name in DIGESTED}
    roles.pop("merger")  # shapes memories, not attempts
    return content_id("set", roles, parts, prompts_digest())
