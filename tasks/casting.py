"""From settings to live models and embedders: done once in each process that solves cases."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from vilomem_core.backends.attention import build_attention
from vilomem_core.backends.chat.build import build_chat_model
from vilomem_core.backends.chat.vllm_settings import VLLMSettings
from vilomem_core.backends.chat.wrappers import Patient
from vilomem_core.backends.embedders import build_image_embedder, build_text_embedder
from vilomem_core.errors import SettingsError
from vilomem_core.learning.cast import Cast, Senses
from vilomem_core.learning.plan import LoopPlan, RoleSampling
from vilomem_core.protocols import ChatModel
from vilomem_core.settings.load import settings_digest
from vilomem_core.settings.tree import RoleSettings, RolesSettings, Settings


def build_cast(settings: Settings) -> Cast:
    """The models of all roles of the loop; roles with the same model and endpoint share one. Raises ``SettingsError``."""
    models: dict[tuple[object, ...], ChatModel] = {}

    def model(name: str, role: RoleSettings) -> ChatModel:
        if role.model is None:
            raise SettingsError(f"no model for the role {name}.", f"Give --solver, or set roles.{name}.model.")
        engine_only = role.model.startswith("vllm:")  # has no endpoint: one engine for all roles that name it
        key = (role.model, None if engine_only else role.endpoint)
        if key not in models:
            models[key] = build_model(role, settings.vllm)
        return models[key]

    roles = settings.roles
    return Cast(
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


def build_senses(settings: Settings) -> Senses:
    """Embedders, and the attention model when heatmaps are on."""
    attention = build_attention(settings.heatmap.attention, settings.heatmap.layer) if settings.heatmap.mode != "none" else None
    text = build_text_embedder(settings.embedders.text, settings.endpoint)
    return Senses(text, build_image_embedder(settings.embedders.image), attention)


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


_LOOP_ROLES = {field.name for field in fields(RoleSampling)}
