"""What a back end must offer: four small protocols.

A back end is built once per process and used for many requests. Heavy libraries are imported when it is built, never when its
module is imported; a missing one raises ``SettingsError`` whose hint names the extra to install.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from vilomem_core.types import F32, Image, Role, Usage


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message; ``parts`` keep the order in which the model sees text and images."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Image, ...]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to sample. ``max_tokens`` bounds the reply; ``seed`` None leaves it to the engine."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 2048
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One question to a model. ``case_id`` and ``role`` say what it is for; ``sample`` numbers repeated draws."""

    role: Role
    case_id: str
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    json_schema: Mapping[str, Any] | None = None
    sample: int = 0


@dataclass(frozen=True, slots=True)
class ChatReply:
    """``finish_reason`` is ``stop``, ``length`` or what the engine says; ``usage`` counts this request alone."""

    text: str
    model: str
    finish_reason: str = "stop"
    usage: Usage = Usage()


class ChatModel(Protocol):
    """A model that answers chats about text and images."""

    @property
    def name(self) -> str:
        """Back end and model, as written into attempts: ``openai:qwen2.5-vl-7b``. Holds no secret."""
        ...

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request. Raises a ``ModelError``; never returns an empty stand-in for a failure."""
        ...

    async def aclose(self) -> None:
        """Release connections and engines. May be called twice."""
        ...


class TextEmbedder(Protocol):
    """Text to unit vectors. Vectors of different fingerprints must never be compared."""

    @property
    def fingerprint(self) -> str:
        """Names model and version: thresholds and stored vectors belong to it."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> F32:
        """f32[len(texts), dimension], rows of unit length; an empty text gives a zero row."""
        ...


class ImageEmbedder(Protocol):
    """Images to unit vectors."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed(self, images: Sequence[Image]) -> F32:
        """f32[len(images), dimension], rows of unit length."""
        ...


class AttentionModel(Protocol):
    """Where a model looks for a question."""

    @property
    def fingerprint(self) -> str: ...

    def relevance(self, images: Sequence[Image], query: str) -> tuple[F32, ...]:
        """One map an image, f32[grid_h, grid_w], non-negative, sums to 1: attention for ``query`` relative to a neutral prompt."""
        ...
