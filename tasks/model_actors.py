"""Models in Ray actors of their own: roles can have different engines, on different GPUs, and as many of each as they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import ray
from ray.exceptions import RayActorError

from tasks.build_models import ModelKey, build_model, model_key
from tasks.cluster import errors_as_raised
from vilomem_core.backends.chat.pace import Patient
from vilomem_core.errors import ModelUnavailable
from vilomem_core.protocols import ChatModel, ChatReply, ChatRequest
from vilomem_core.settings.models import HOSTED_ROLES, EndpointSettings, RoleSettings, VLLMSettings
from vilomem_core.settings.tree import Settings

MAX_REQUESTS = 1000  # that one actor takes at once; how many are computed together is for its engine to decide
RESTART_S = 2.0  # after which an actor that died is asked again


class ModelActor:
    """One process with one model, which is loaded at its first request, also after the process was started again."""

    def __init__(self, role: RoleSettings, vllm: VLLMSettings) -> None:
        self._role = role
        self._vllm = vllm
        self._model: ChatModel | None = None

    async def complete(self, request: ChatRequest) -> ChatReply:
        if self._model is None:
            self._model = build_model(self._role, self._vllm)
        return await self._model.complete(request)


class RemoteModel:
    """A ``ChatModel`` whose requests go to the least busy of some actors. An actor that died is an outage, and is waited for."""

    def __init__(self, name: str, actors: Sequence[Any]) -> None:
        self.name = name
        self._actors = tuple(actors)
        self._under_way = [0] * len(actors)

    async def complete(self, request: ChatRequest) -> ChatReply:
        place = self._under_way.index(min(self._under_way))
        self._under_way[place] += 1
        try:
            with errors_as_raised():
                reply: ChatReply = await self._actors[place].complete.remote(request)
        except RayActorError as exc:
            raise ModelUnavailable(f"a process with {self.name} ended; another takes its place.", "", RESTART_S) from exc
        finally:
            self._under_way[place] -= 1
        return reply

    async def aclose(self) -> None: ...


ModelActors: TypeAlias = Mapping[ModelKey, Sequence[Any]]


def start_model_actors(settings: Settings) -> ModelActors:
    """The actors of all roles that have some (``roles.ROLE.hosts``); roles with the same model, endpoint and hosts share them."""
    started: dict[ModelKey, Sequence[Any]] = {}
    for name in HOSTED_ROLES:
        role: RoleSettings = getattr(settings.roles, name)
        key = model_key(role)
        if role.hosts.actors and key not in started:
            size = role.hosts.tensor_parallel_size
            vllm = settings.vllm if size is None else replace(settings.vllm, tensor_parallel_size=size)
            remote = ray.remote(
                num_cpus=role.hosts.cpus_per_actor,
                num_gpus=role.hosts.gpus_per_actor,
                max_restarts=-1,
                max_task_retries=0,  # the caller knows whether the run still wants the reply
                max_concurrency=MAX_REQUESTS,
            )(ModelActor)
            started[key] = [remote.remote(role, vllm) for _ in range(role.hosts.actors)]
    return started


def remote_models(model_actors: ModelActors) -> dict[ModelKey, ChatModel]:
    """Models that ask the actors; like a server that is down, an actor is waited for up to ``outage_patience_s``."""
    return {key: Patient(RemoteModel(str(key[0]), some), key[1] or EndpointSettings()) for key, some in model_actors.items()}
