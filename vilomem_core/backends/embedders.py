"""From the specs of the settings to embedders.

    text     auto | minilm | lexical | openai:MODEL
    image    descriptor | open_clip:MODEL[@WEIGHTS]

``auto`` is minilm where its weights are installed, else lexical with one warning. A spec names the back end that makes the
vectors, and vectors of different back ends never meet: see the fingerprints.
"""

from __future__ import annotations

import difflib
import functools
import logging

from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.errors import SettingsError
from vilomem_core.protocols import ImageEmbedder, TextEmbedder

TEXT_SPECS = ("auto", "minilm", "lexical", "openai")
IMAGE_SPECS = ("descriptor", "open_clip")

logger = logging.getLogger("vilomem")


def build_text_embedder(spec: str, endpoint: EndpointSettings | None = None) -> TextEmbedder:
    """``endpoint`` is where ``openai:MODEL`` is reached. Raises ``SettingsError`` for an unknown spec or missing weights."""
    name, _, model = spec.partition(":")
    if name == "openai":
        from vilomem_core.backends.openai_embeddings import OpenAIEmbedder

        return OpenAIEmbedder(needed_model(model, spec, "openai:text-embedding-3-small"), endpoint or EndpointSettings())
    if model or name not in TEXT_SPECS:
        raise unknown_spec("text embedder", spec, TEXT_SPECS)
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
        from vilomem_core.backends.open_clip_embedder import OpenClipEmbedder

        return OpenClipEmbedder(needed_model(model, spec, "open_clip:ViT-B-32@laion2b_s34b_b79k"))
    if model or name not in IMAGE_SPECS:
        raise unknown_spec("image embedder", spec, IMAGE_SPECS)
    from vilomem_core.backends.descriptor import Descriptor

    return Descriptor()


def unknown_spec(what: str, spec: str, known: tuple[str, ...]) -> SettingsError:
    """The error for a spec that names no back end, with the nearest name that does."""
    near = difflib.get_close_matches(spec.partition(":")[0], known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
    return SettingsError(f"unknown {what} {spec!r}.", hint)


@functools.cache
def _warn_once(message: str) -> None:
    logger.warning(message)


def needed_model(model: str, spec: str, example: str) -> str:
    """The part of a spec behind the colon. Raises ``SettingsError`` with an example when it is missing."""
    if not model:
        raise SettingsError(f"{spec!r} names no model.", f"Example: {example}")
    return model
