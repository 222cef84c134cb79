"""From settings to live models and embedders: built once in each process that solves cases, and checked before a job starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TypeAlias

from tasks.orchestrator import run_to_end
from vilomem_core.backends.build import build_attention, build_chat_model, build_image_embedder, build_text_embedder
from vilomem_core.backends.chat.openai import OpenAIChat
from vilomem_core.backends.chat.pace import Patient
from vilomem_core.errors import SettingsError
from vilomem_core.learning.plan import Embedders, LoopPlan, RoleModels, RoleSampling
from vilomem_core.protocols import ChatModel
from vilomem_core.readers.files import find_files
from vilomem_core.settings.load import settings_digest
from vilomem_core.settings.models import EndpointSettings, HostSettings, RoleSettings, RolesSettings, VLLMSettings
from vilomem_core.settings.tree import Settings

_LOOP_ROLES = {field.name for field in fields(RoleSampling)}
REMOTE_EMBEDDINGS = 16  # requests for text vectors that one process has under way
IN_WORKERS = "vllm:"  # an engine is too heavy to be started for a check

ModelKey: TypeAlias = tuple[str | None, EndpointSettings | None, HostSettings]


def model_key(role: RoleSettings) -> ModelKey:
    """Roles with the same key share one model."""
    engine_only = (role.model or "").startswith("vllm:")  # has no endpoint: one engine for all roles that name it
    return role.model, None if engine_only else role.endpoint, role.hosts


def build_role_models(settings: Settings, hosted: Mapping[ModelKey, ChatModel] | None = None) -> RoleModels:
    """The models of all roles of the loop; those in ``hosted`` live elsewhere. Raises ``SettingsError``."""
    models = dict(hosted or {})

    def model(name: str, role: RoleSettings) -> ChatModel:
        if role.model is None:
            raise SettingsError(f"no model for the role {name}.", f"Give --solver, or set roles.{name}.model.")
        key = model_key(role)
        if key not in models:
            models[key] = build_model(role, settings.vllm)
        return models[key]

    roles = settings.roles
    return RoleModels(
        solver=model("solver", roles.solver),
        analyst=model("analyst", roles.analyst),
        visual_critic=model("visual_critic", roles.visual_critic),
        logic_critic=model("logic_critic", roles.logic_critic),
        judge=model("judge", roles.judge) if roles.judge.model else None,
    )


def build_merger(settings: Settings) -> ChatModel | None:
    """The model that judges and writes merged rules, if one is configured."""
    return build_model(settings.roles.merger, settings.vllm) if settings.roles.merger.model else None


def build_model(role: RoleSettings, vllm: VLLMSettings) -> ChatModel:
    """The model of a role that has one. A server that is down is waited for, up to ``endpoint.outage_patience_s``."""
    assert role.model is not None
    model = build_chat_model(role.model, role.endpoint, vllm)
    return Patient(model, role.endpoint) if role.model.startswith("openai:") else model


def with_absolute_paths(settings: Settings) -> Settings:
    """The settings for processes that run elsewhere: paths of models no longer depend on the working folder."""
    roles = {}
    for field in fields(RolesSettings):
        role = getattr(settings.roles, field.name)
        scheme, _, path = (role.model or "").partition(":")
        if scheme == "recorded" or (scheme == "vllm" and Path(path).is_dir()):
            role = replace(role, model=f"{scheme}:{Path(path).absolute()}")
        roles[field.name] = role
    return replace(settings, roles=RolesSettings(**roles))


def with_shared_rates(settings: Settings) -> Settings:
    """The settings of one of ``engine.actors`` processes: together they keep to the rates that are allowed.

    Raises ``SettingsError`` for a rate that is too low to be shared.
    """
    actors = settings.engine.actors

    def shared(endpoint: EndpointSettings) -> EndpointSettings:
        rates = {name: getattr(endpoint, name) for name in ("requests_per_minute", "tokens_per_minute")}
        for name, rate in rates.items():
            if rate is not None and rate < actors:
                raise SettingsError(f"endpoint.{name} is {rate}: too low to be shared by {actors} actors.", "Lower engine.actors.")
        return replace(endpoint, **{name: rate // actors for name, rate in rates.items() if rate is not None})

    roles = {}
    for field in fields(RolesSettings):
        role = getattr(settings.roles, field.name)
        roles[field.name] = replace(role, endpoint=shared(role.endpoint))
    return replace(settings, roles=RolesSettings(**roles), endpoint=shared(settings.endpoint))


def build_embedders(settings: Settings) -> Embedders:
    """Embedders, and the attention model when heatmaps are on."""
    attention = build_attention(settings.heatmap.attention, settings.heatmap.layer) if settings.heatmap.mode != "none" else None
    text = build_text_embedder(settings.embedders.text, settings.endpoint)
    threads = REMOTE_EMBEDDINGS if settings.embedders.text.startswith("openai:") else 1
    return Embedders(text, build_image_embedder(settings.embedders.image), attention, threads)


def loop_plan(settings: Settings, *, snapshot_id: str, arm: str, round_number: int, reflect: bool) -> LoopPlan:
    """The part of the settings that one round's loop holds fixed."""
    roles = settings.roles
    return LoopPlan(
        settings_digest=settings_digest(settings),
        snapshot_id=snapshot_id,
        arm=arm,
        round=round_number,
        reflect=reflect,
        sampling=RoleSampling(
            **{field.name: getattr(roles, field.name).sampling for field in fields(RolesSettings) if field.name in _LOOP_ROLES}
        ),
        verification=settings.verification,
        gate=settings.gate,
        recall=settings.recall,
        heatmap=settings.heatmap,
    )


def check_job(settings: Settings) -> None:
    """What is wrong with the data's or the models' names is told before the orchestrator and the engines are loaded."""
    if not settings.data:
        raise SettingsError("no data set given.", "Name files or folders, or set `data` in the settings file.")
    check_models(settings)
    find_files(settings.data)


def check_models(settings: Settings) -> None:
    """Build every role's model once, and ask servers whether they know it. Raises ``SettingsError`` or ``ModelUnavailable``."""
    if settings.roles.solver.model is None:
        raise SettingsError("no solver given.", "Use --solver openai:MODEL with --base-url, or --solver recorded:FILE?model=NAME.")
    roles = {getattr(settings.roles, field.name) for field in fields(RolesSettings)}
    models = {(role.model, role.endpoint): role for role in roles if role.model and not role.model.startswith(IN_WORKERS)}
    run_to_end(_check_all(list(models.values())))


async def _check_all(roles: list[RoleSettings]) -> None:
    for role in roles:
        assert role.model is not None
        model = build_chat_model(role.model, role.endpoint)
        try:
            if isinstance(model, OpenAIChat):
                await model.check()
        finally:
            await model.aclose()
