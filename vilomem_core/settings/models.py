"""Settings of models: which one plays each role, how it is reached, what it may spend; embedders and the vLLM engine."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal
from urllib.parse import urlsplit

from vilomem_core.errors import SettingsError
from vilomem_core.protocols import Sampling


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """Where a model server is, its timeouts, retries and rate limits, and what it costs.

    Limits hold for one model object in one process: roles share it, and a pool divides the rates among its actors.
    """

    base_url: str = "http://127.0.0.1:8000/v1"
    """Root of the OpenAI-compatible API, with its ``/v1``; the default is where ``vllm serve`` listens."""

    api_key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key, never the key itself; where it is not set, no key is sent."""

    timeout_s: float = 300.0
    """Seconds that one try may take from sending to the last byte; long generations need long timeouts."""

    connect_timeout_s: float = 10.0
    """Seconds that opening a connection may take."""

    max_retries: int = 5
    """Further tries after the first; with a fifth of all tries failing, 6 tries lose fewer than 1 request in 10,000."""

    max_wait_s: float = 120.0
    """Longest wait between two tries, in seconds; a server that asks for more ends the request with ``ModelUnavailable``."""

    max_in_flight: int = 64
    """Requests that wait for the server at the same time."""

    requests_per_minute: int | None = None
    """Most requests in any 60 seconds; None is no limit."""

    tokens_per_minute: int | None = None
    """Most prompt and completion tokens in any 60 seconds; None is no limit."""

    breaker_failures: int = 20
    """Outages in a row, without a success in between, that open the circuit breaker."""

    breaker_cooldown_s: float = 30.0
    """Seconds for which an open breaker refuses requests at once; then a single request tries the server."""

    outage_patience_s: float = 600.0
    """Seconds that a run waits for a server that is down before it stops, resumable."""

    prompt_price: float = 0.0
    """Price of a million prompt tokens, in the currency of the budget."""

    completion_price: float = 0.0
    """Price of a million completion tokens, in the currency of the budget."""

    def __post_init__(self) -> None:
        check_base_url(self.base_url)
        check_numbers(self, 0, ("max_retries", "outage_patience_s", "prompt_price", "completion_price", "max_wait_s"))
        check_numbers(self, 1, ("max_in_flight", "breaker_failures", "requests_per_minute", "tokens_per_minute"))
        for name in ("timeout_s", "connect_timeout_s", "breaker_cooldown_s"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise SettingsError(f"{name} is {getattr(self, name)}: it must be a number of seconds above 0.")
        if not self.api_key_env.isidentifier():  # the value is not shown: it may be a key that was put here by mistake
            raise SettingsError("api_key_env must be the name of an environment variable (letters, digits, _), not the key itself.")


def check_base_url(base_url: str) -> None:
    """Raises ``SettingsError`` for a URL that is not http(s)://host[:port]/path. It is not shown: it may hold a password."""
    try:
        parts = urlsplit(base_url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound or not base_url.isprintable() or " " in base_url:
        raise SettingsError("base_url is not a URL of the form http://host:port/v1.")
    if parts.username is not None or parts.query or parts.fragment:
        raise SettingsError(
            "base_url holds a user, a password or a query.", "Put the key into the variable that api_key_env names."
        )


def check_numbers(settings: object, least: int, names: tuple[str, ...]) -> None:
    """Raises ``SettingsError`` for a named field that is neither None nor a finite number from ``least`` on."""
    for name in names:
        value = getattr(settings, name)
        if value is not None and not (math.isfinite(value) and value >= least):
            raise SettingsError(f"{name} is {value}: it must be a number from {least} on.")


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """What a run, or one role in it, may spend. None is no limit."""

    max_requests: int | None = None
    """Answered requests, empty replies included; those of the cases in progress when the limit is reached are still sent and paid."""

    max_prompt_tokens: int | None = None
    """Prompt tokens; requests in flight when the limit is reached are still paid."""

    max_completion_tokens: int | None = None
    """Completion tokens; requests in flight when the limit is reached are still paid."""

    max_cost: float | None = None
    """Money, in the currency of the endpoint's prices; requests in flight when the limit is reached are still paid."""

    max_seconds: float | None = None
    """Wall time in seconds, counted from the start of the run."""

    def __post_init__(self) -> None:
        check_numbers(self, 0, tuple(item.name for item in fields(self)))


@dataclass(frozen=True, slots=True)
class VLLMSettings:
    """What an in-process engine is started with; None leaves a choice to vLLM."""

    tensor_parallel_size: int = 1
    """GPUs that share one copy of the weights; an actor asks Ray for as many (engine.gpus_per_actor)."""

    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """Number format of the weights."""

    max_model_len: int | None = None
    """Tokens of prompt and reply together; a smaller number leaves more memory for requests in flight."""

    max_num_seqs: int | None = None
    """Requests that are computed at the same time."""

    gpu_memory_utilization: float | None = None
    """Share of a GPU's memory that the engine may take."""

    kv_cache_memory_bytes: int | None = None
    """Bytes of the key-value cache, instead of a share; on a CPU the default takes nearly all memory."""

    max_images: int = 32
    """Images of one request: the case's own, and as many heatmaps."""

    enforce_eager: bool = False
    """Start without compiling graphs: seconds faster to start, slower to run."""

    def __post_init__(self) -> None:
        for name in ("tensor_parallel_size", "max_images", "max_model_len", "max_num_seqs", "kv_cache_memory_bytes"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SettingsError(f"vllm.{name} is {value}: it must be 1 or more.")
        share = self.gpu_memory_utilization
        if share is not None and not 0.0 < share <= 1.0:
            raise SettingsError(f"vllm.gpu_memory_utilization is {share}: it is a share between 0 and 1.")


VLLM_DEFAULTS = VLLMSettings()


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Ray actors of a role's own, each with one copy of its model. With none, the model lives in the actors that solve the cases."""

    actors: int = 0
    cpus_per_actor: float = 1.0
    gpus_per_actor: float = 1.0
    tensor_parallel_size: int | None = None  # None: as ``vllm.tensor_parallel_size`` says

    def __post_init__(self) -> None:
        if self.actors < 0 or self.cpus_per_actor < 0 or self.gpus_per_actor < 0:
            raise SettingsError("roles.ROLE.hosts: actors, cpus_per_actor and gpus_per_actor cannot be below 0.")


@dataclass(frozen=True, slots=True)
class RoleSettings:
    """One role: its model, how it samples, where it is reached, and what it may spend beside the run's ``budget``.

    ``model`` is BACKEND:NAME (``openai:qwen2.5-vl-7b``, ``recorded:replies.jsonl?model=x``, ``simulated``). Without one, analyst
    and critics use the solver's model; merger and judge are left out.
    """

    model: str | None = None
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 2048
    seed: int | None = 0
    endpoint: EndpointSettings = EndpointSettings()
    budget: BudgetSettings = BudgetSettings()
    hosts: HostSettings = HostSettings()

    @property
    def sampling(self) -> Sampling:
        return Sampling(self.temperature, self.top_p, self.max_tokens, self.seed)


@dataclass(frozen=True, slots=True)
class RolesSettings:
    """The settings of every role."""

    solver: RoleSettings = RoleSettings()
    analyst: RoleSettings = RoleSettings(max_tokens=256)
    visual_critic: RoleSettings = RoleSettings(max_tokens=512)
    logic_critic: RoleSettings = RoleSettings(max_tokens=512)
    merger: RoleSettings = RoleSettings(max_tokens=512)
    judge: RoleSettings = RoleSettings(max_tokens=256)

    def __post_init__(self) -> None:
        if self.merger.hosts.actors:
            raise SettingsError("roles.merger has no hosts: it writes between rounds.", "Leave roles.merger.hosts out.")
        model = self.merger.model or ""
        if model.startswith("vllm:"):
            raise SettingsError(
                f"roles.merger.model cannot be {model}: it writes between rounds, outside the workers that hold the engines.",
                "Serve a model and name it as openai:MODEL (docs/running.md), or leave it out: rules are then members' own words.",
            )


HOSTED_ROLES = ("solver", "analyst", "visual_critic", "logic_critic", "judge")


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """``text``: auto, minilm, lexical or openai:MODEL; ``image``: descriptor or open_clip:MODEL[@WEIGHTS]."""

    text: str = "auto"
    image: str = "descriptor"
