"""Where a picture resembles a text: patches of a CLIP vision transformer against the query, relative to a neutral text.

The last block mixes patches for the sake of one picture vector. Its value path alone keeps each patch in its place and in the space
of the texts (MaskCLIP, Zhou et al. 2022, arXiv 2112.01071; without residual as in ClearCLIP, Lan et al. 2024, arXiv 2407.12442).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from vilomem_core.backends.open_clip_model import load_open_clip
from vilomem_core.errors import SettingsError
from vilomem_core.heatmaps.relevance import to_relevance
from vilomem_core.types import F32, Image

NEUTRAL_TEXT = "a picture"


class _LastBlockReached(Exception):
    """Carries the input of the last block: nothing behind it is computed."""

    def __init__(self, tokens: Any) -> None:
        super().__init__(tokens)
        self.tokens = tokens


class ClipPatches:
    """``AttentionModel`` for ``MODEL@PRETRAINED`` or ``MODEL@CHECKPOINT``; may be used from several threads.

    Plain vision transformers only: raises ``SettingsError`` for a model of another make, and as ``load_open_clip`` does.
    """

    def __init__(self, spec: str) -> None:
        self._clip = load_open_clip(spec)
        blocks = getattr(getattr(self._clip.model.visual, "transformer", None), "resblocks", None)
        if blocks is None or not isinstance(blocks[-1].attn, self._clip.torch.nn.MultiheadAttention):
            raise SettingsError(f"open_clip:{self._clip.name} has no patches to read.", "Take a ViT, such as ViT-B-32 or ViT-L-14.")
        self._last = blocks[-1]
        self._one_at_a_time = threading.Lock()  # a hook of one call must not stop another
        self.fingerprint = f"{self._clip.fingerprint} patches/1"

    def relevance(self, images: Sequence[Image], query: str) -> tuple[F32, ...]:
        """One map an image, f32[grid_h, grid_w] of the model's patches, sums to 1. Each line of ``query`` is a text of its own."""
        torch = self._clip.torch
        with self._one_at_a_time, torch.inference_mode():
            direction = self._direction([line for line in query.split("\n") if line.strip()])
            return tuple(self._map(image, direction) for image in images)

    def _direction(self, lines: Sequence[str]) -> Any:
        """torch[dim]: from the neutral text to the mean of the lines. Texts are cut at the model's context length."""
        clip = self._clip
        texts = clip.model.encode_text(clip.tokenizer([NEUTRAL_TEXT, *lines]).to(clip.device), normalize=True)
        return texts[1:].mean(0) - texts[0]

    def _map(self, image: Image, direction: Any) -> F32:
        clip = self._clip
        patches = self.patch_vectors(image)
        scores = (patches @ direction * clip.model.logit_scale.exp()).float()
        # the softmax of CLIP's own training, over places instead of texts
        cells = clip.torch.softmax(scores.flatten(), 0).reshape(scores.shape)
        return to_relevance(cells.cpu().numpy())

    def patch_vectors(self, image: Image) -> Any:
        """torch[grid_h, grid_w, dim], rows of unit length in the space of the texts."""
        clip, visual, torch = self._clip, self._clip.model.visual, self._clip.torch
        hook = self._last.register_forward_pre_hook(_stop)
        try:
            visual(clip.pixels([image]))
        except _LastBlockReached as reached:
            tokens = reached.tokens
        finally:
            hook.remove()
        attention = self._last.attn
        width = attention.embed_dim
        value = torch.nn.functional.linear(
            self._last.ln_1(tokens), attention.in_proj_weight[2 * width :], attention.in_proj_bias[2 * width :]
        )
        mixed = visual.ln_post(attention.out_proj(value))
        rows, columns = visual.grid_size
        # prefix tokens (the class token) stand before the patches
        patches = mixed.reshape(-1, width)[-rows * columns :]
        if visual.proj is not None:
            patches = patches @ visual.proj
        return torch.nn.functional.normalize(patches, dim=-1).reshape(rows, columns, -1)


def _stop(_module: Any, inputs: tuple[Any, ...]) -> None:
    raise _LastBlockReached(inputs[0])
