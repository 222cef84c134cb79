"""From the specs of the settings to back ends.

    chat       openai:MODEL | recorded:PATH?model=NAME | simulated[:OPTIONS] | vllm:MODEL
    text       auto | minilm | lexical | openai:MODEL
    image      descriptor | open_clip:MODEL@WEIGHTS
    attention  qwen_vl:PATH | open_clip:MODEL@WEIGHTS | saliency

``auto`` is minilm where its weights are installed, else lexical with one warning. Vectors of different back ends are never
compared: see the fingerprints. Each back end is imported when it is built, and its libraries with it.
"""

from __future__ import annotations

import difflib
import functools
import logging
from pathlib import Path

from vilomem_core.errors import SettingsError
from vilomem_core.protocols import AttentionModel, ChatModel, ImageEmbedder, TextEmbedder
from vilomem_core.settings.method import LAYER
from vilomem_core.settings.models import VLLM_DEFAULTS, EndpointSettings, VLLMSettings

CHAT_SPECS = {
    "openai": "openai:MODEL",
    "recorded": "recorded:PATH?model=NAME",
    "simulated": "simulated or simulated:OPTIONS",
    "vllm": "vllm:MODEL",
}
TEXT_SPECS = ("auto", "minilm", "lexical", "openai")
IMAGE_SPECS = ("descriptor", "open_clip")
ATTENTION_SPECS = ("qwen_vl", "open_clip", "saliency")
OPEN_CLIP_EXAMPLE = "open_clip:ViT-B-32@laion2b_s34b_b79k"

logger = logging.getLogger("vilomem")


def build_chat_model(spec: str, endpoint: EndpointSettings, vllm: VLLMSettings = VLLM_DEFAULTS) -> ChatModel:
    """The chat model that ``spec`` names; ``endpoint`` is used by ``openai`` alone, ``vllm`` by ``vllm`` alone.

    Raises ``SettingsError`` for a spec that cannot be built.
    """
    scheme, _, rest = spec.partition(":")
    if scheme not in CHAT_SPECS:
        near = difflib.get_close_matches(scheme.lower(), CHAT_SPECS, n=1, cutoff=0.5)
        hint = f"Did you mean {CHAT_SPECS[near[0]]}?" if near else f"Write one of {', '.join(CHAT_SPECS.values())}."
        raise SettingsError(f"{spec!r} names no chat back end.", hint)
    if not rest.strip() and scheme != "simulated":
        raise SettingsError(f"{spec!r} is incomplete.", f"Write {CHAT_SPECS[scheme]}.")
    if scheme == "openai":
        from vilomem_core.backends.chat.openai import OpenAIChat

        return OpenAIChat(rest, endpoint)
    if scheme == "recorded":
        from vilomem_core.backends.chat.recorded import RecordedChat

        path, found, model = rest.rpartition("?model=")
        return RecordedChat(Path(path), model) if found else RecordedChat(Path(rest))
    if scheme == "simulated":
        from vilomem_core.simulation.learner import SimulatedModel

        return SimulatedModel(rest)
    from vilomem_core.backends.chat.vllm_engine import VLLMModel

    return VLLMModel(rest, vllm)


def build_text_embedder(spec: str, endpoint: EndpointSettings | None = None) -> TextEmbedder:
    """``endpoint`` is where ``openai:MODEL`` is reached. Raises ``SettingsError`` for an unknown spec or missing weights."""
    name, _, model = spec.partition(":")
    if name == "openai":
        from vilomem_core.backends.openai_embeddings import OpenAIEmbedder

        return OpenAIEmbedder(_needed_model(model, spec, "openai:text-embedding-3-small"), endpoint or EndpointSettings())
    if model or name not in TEXT_SPECS:
        raise _unknown_spec("text embedder", spec, TEXT_SPECS)
    from vilomem_core.backends.lexical import LexicalEmbedder

    if name == "lexical":
        return LexicalEmbedder()
    from vilomem_core.backends.minilm import INSTALL_HINT, MiniLM, weights_folder

    if name == "auto" and weights_folder() is None:
        _warn_once(f"No embedding weights are installed: texts are compared by their wording alone. {INSTALL_HINT}")
        return LexicalEmbedder()
    return MiniLM()


def build_image_embedder(spec: str) -> ImageEmbedder:
    """Raises ``SettingsError`` for an unknown spec, a missing library or missing weights."""
    name, _, model = spec.partition(":")
    if name == "open_clip":
        from vilomem_core.backends.open_clip import OpenClipEmbedder

        return OpenClipEmbedder(_needed_model(model, spec, OPEN_CLIP_EXAMPLE))
    if model or name not in IMAGE_SPECS:
        raise _unknown_spec("image embedder", spec, IMAGE_SPECS)
    from vilomem_core.backends.descriptor import Descriptor

    return Descriptor()


def build_attention(spec: str, layer: float = LAYER) -> AttentionModel:
    """``layer`` is the share of all layers at which ``qwen_vl`` reads. Raises ``SettingsError`` for a spec that cannot be built."""
    name, _, model = spec.partition(":")
    if name == "qwen_vl":
        from vilomem_core.backends.qwen_vl import QwenVLAttention

        return QwenVLAttention(_needed_model(model, spec, "qwen_vl:models/Qwen2.5-VL-3B-Instruct"), layer)
    if name == "open_clip":
        from vilomem_core.backends.open_clip import ClipPatches

        return ClipPatches(_needed_model(model, spec, OPEN_CLIP_EXAMPLE))
    if model or name not in ATTENTION_SPECS:
        raise _unknown_spec("attention model", spec, ATTENTION_SPECS)
    from vilomem_core.backends.saliency import Saliency

    return Saliency()


def _unknown_spec(what: str, spec: str, known: tuple[str, ...]) -> SettingsError:
    """The error for a spec that names no back end, with the nearest name that does."""
    near = difflib.get_close_matches(spec.partition(":")[0], known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
    return SettingsError(f"unknown {what} {spec!r}.", hint)


def _needed_model(model: str, spec: str, example: str) -> str:
    """The part of a spec behind the colon. Raises ``SettingsError`` with an example when it is missing."""
    if not model:
        raise SettingsError(f"{spec!r} names no model.", f"Example: {example}")
    return model


@functools.cache
def _warn_once(message: str) -> None:
    logger.warning(message)
