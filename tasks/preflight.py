"""Before anything starts: are the models there, and are their names right? Told in a second, not after a set-up."""

from __future__ import annotations

import asyncio
from dataclasses import fields

from vilomem_core.backends.build import build_chat_model
from vilomem_core.backends.chat.openai import OpenAIChat
from vilomem_core.errors import SettingsError
from vilomem_core.settings.tree import RoleSettings, RolesSettings, Settings

IN_ACTORS = "vllm:"  # an engine is too heavy to be started for a look


def check_models(settings: Settings) -> None:
    """Build every role's model once and ask servers for a sign of life. Raises ``SettingsError`` or ``ModelUnavailable``."""
    if settings.roles.solver.model is None:
        raise SettingsError("no solver given.", "Use --solver openai:MODEL with --base-url, or --solver recorded:FILE?model=NAME.")
    roles = {getattr(settings.roles, field.name) for field in fields(RolesSettings)}
    models = {(role.model, role.endpoint): role for role in roles if role.model and not role.model.startswith(IN_ACTORS)}
    asyncio.run(_check_all(list(models.values())))


async def _check_all(roles: list[RoleSettings]) -> None:
    for role in roles:
        assert role.model is not None
        model = build_chat_model(role.model, role.endpoint)
        try:
            if isinstance(model, OpenAIChat):
                await model.check()
        finally:
            await model.aclose()
