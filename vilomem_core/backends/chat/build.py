"""From a spec such as ``openai:qwen2.5-vl-7b`` to a chat model."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from vilomem_core.backends.chat.openai import OpenAIChat
from vilomem_core.backends.chat.recorded import RecordedChat
from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.backends.chat.vllm_settings import DEFAULTS, VLLMSettings
from vilomem_core.errors import SettingsError
from vilomem_core.protocols import ChatModel

_FORMS = {
    "openai": "openai:MODEL",
    "recorded": "recorded:PATH?model=NAME",
    "simulated": "simulated or simulated:OPTIONS",
    "vllm": "vllm:MODEL",
}


def build_chat_model(spec: str, endpoint: EndpointSettings, vllm: VLLMSettings = DEFAULTS) -> ChatModel:
    """The chat model that ``spec`` names; ``endpoint`` is used by ``openai`` alone, ``vllm`` by ``vllm`` alone.

    Specs: ``openai:MODEL``, ``recorded:PATH?model=NAME``, ``simulated[:OPTIONS]``, ``vllm:MODEL``. Raises ``SettingsError``.
    """
    scheme, _, rest = spec.partition(":")
    if scheme not in _FORMS:
        near = get_close_matches(scheme.lower(), _FORMS, n=1, cutoff=0.5)
        hint = f"Did you mean {_FORMS[near[0]]}?" if near else f"Write one of {', '.join(_FORMS.values())}."
        raise SettingsError(f"{spec!r} names no chat back end.", hint)
    if not rest.strip() and scheme != "simulated":
        raise SettingsError(f"{spec!r} is incomplete.", f"Write {_FORMS[scheme]}.")
    if scheme == "openai":
        return OpenAIChat(rest, endpoint)
    if scheme == "recorded":
        return _recorded(rest)
    if scheme == "simulated":
        from vilomem_core.simulation.learner import SimulatedModel

        return SimulatedModel(rest)
    from vilomem_core.backends.chat.vllm_engine import VLLMModel

    return VLLMModel(rest, vllm)


def _recorded(rest: str) -> RecordedChat:
    path, found, model = rest.rpartition("?model=")
    if not found:
        return RecordedChat(Path(rest))
    return RecordedChat(Path(path), model)
