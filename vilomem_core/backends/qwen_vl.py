"""Where a Qwen2.5-VL or Qwen3-VL model looks for a query, relative to a neutral prompt.

Relative attention of one layer ("MLLMs Know Where to Look", Zhang et al. 2025, arXiv 2502.17422): how much of the last token's
attention, averaged over heads, falls on each image token, divided by the same for a neutral prompt. Both prompts share the picture,
so they run as one sequence: picture, query, neutral prompt, where the neutral prompt does not see the query. The picture is encoded
once, the layers behind the one that is read are dropped when the model is loaded, and only two rows of its attention are computed.

Every layer runs with torch's fast attention; at the layer that is read only softmax(q K^T) of the wanted rows is computed, and the
forward pass ends there. No other attention is ever kept.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PIL.Image

from vilomem_core.errors import SettingsError
from vilomem_core.heatmaps.relevance import to_relevance
from vilomem_core.images import decode
from vilomem_core.types import F32, Image

INSTALL_HINT = "Install them with: pip install torch 'vilomem[qwen]'"
NEUTRAL_PROMPT = "Write a general description of the image."  # as in the paper's code
MODEL_TYPES = ("qwen2_5_vl", "qwen3_vl")
MAX_PIXELS = 1280 * 28 * 28  # 1,280 image tokens: a map needs no more cells
TINY = 1e-12  # a token that the neutral prompt ignores must not divide by zero


@dataclass(frozen=True, slots=True)
class Packed:
    """Two prompts about one picture as one sequence; the fields are torch tensors and places in the sequence."""

    inputs: dict[str, Any]
    rows: tuple[int, int]  # last token of the query and of the neutral prompt
    image_tokens: Any
    grid: tuple[int, int]


class QwenVLAttention:
    """``AttentionModel`` over a local folder of a Qwen2.5-VL or Qwen3-VL model; may be used from several threads.

    ``layer`` is the share of the layers at which attention is read: 0 is the first, 1 the last. Raises ``SettingsError`` for a
    missing library, a missing folder and another kind of model.
    """

    def __init__(self, path: str, layer: float) -> None:
        folder = Path(path)
        if not (folder / "config.json").is_file():
            raise SettingsError(
                f"qwen_vl: {path!r} is no model folder (it holds no config.json).", "Give a downloaded model's folder."
            )
        try:
            import torch
            from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor

            register_attention()
        except (ImportError, RuntimeError) as exc:  # torchvision raises RuntimeError beside a torch that it was not built for
            raise SettingsError(f"qwen_vl needs torch and transformers ({exc}).", INSTALL_HINT) from exc
        kind = AutoConfig.from_pretrained(folder).model_type
        if kind not in MODEL_TYPES:
            raise SettingsError(f"qwen_vl: {path!r} is a model of type {kind}.", f"It reads {' and '.join(MODEL_TYPES)}.")
        cuda = torch.cuda.is_available()
        model = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=torch.bfloat16 if cuda else torch.float32, attn_implementation=ATTENTION_NAME
        )
        layers = model.model.language_model.layers
        index = round(layer * (len(layers) - 1))
        del layers[index + 1 :]
        self._attention = layers[index].self_attn
        self._model = model.model.to("cuda" if cuda else "cpu").eval()  # without the head: no token is ever predicted
        self._processor = AutoProcessor.from_pretrained(folder)
        self._torch = torch
        self._one_at_a_time = threading.Lock()
        self.fingerprint = f"qwen_vl:{kind}:{folder.resolve().name}:layer{index}"

    def relevance(self, images: Sequence[Image], query: str) -> tuple[F32, ...]:
        """One map an image, f32[grid_h, grid_w] of the model's image tokens, sums to 1. Each image is looked at by itself."""
        with self._one_at_a_time, self._torch.inference_mode():
            return tuple(self._map(_bounded(decode(image)), query) for image in images)

    def _map(self, picture: PIL.Image.Image, query: str) -> F32:
        packed = self._pack(picture, query)
        setattr(self._attention, ROWS_WANTED, list(packed.rows))
        try:
            self._model(**packed.inputs, use_cache=False)
        except RowsRead as read:
            looked, neutral = read.weights[0].mean(0)[:, packed.image_tokens]
        return to_relevance((looked / neutral.clamp_min(TINY)).reshape(packed.grid).cpu().numpy())

    def _pack(self, picture: PIL.Image.Image, query: str) -> Packed:
        torch = self._torch
        first, second = (self._encode(picture, prompt) for prompt in (query, NEUTRAL_PROMPT))
        ids, other = first["input_ids"][0], second["input_ids"][0]
        common = min(len(ids), len(other)) - 1  # each prompt keeps a last token of its own
        differ = (ids[:common] != other[:common]).nonzero()
        shared = int(differ[0]) if len(differ) else common
        total = len(ids) + len(other) - shared
        sees = torch.ones(total, total, dtype=torch.bool, device=ids.device).tril()
        sees[len(ids) :, shared : len(ids)] = False
        packed_ids = torch.cat([ids, other[shared:]])
        _, rows, columns = (first["image_grid_thw"][0] // self._merge()).tolist()
        return Packed(
            inputs={
                "input_ids": packed_ids[None],
                "attention_mask": sees[None, None],
                "position_ids": torch.cat([self._positions(first), self._positions(second)[..., shared:]], -1),
                "pixel_values": first["pixel_values"],
                "image_grid_thw": first["image_grid_thw"],
            },
            rows=(len(ids) - 1, total - 1),
            image_tokens=(packed_ids == self._model.config.image_token_id).nonzero().squeeze(-1),
            grid=(rows, columns),
        )

    def _encode(self, picture: PIL.Image.Image, prompt: str) -> Any:
        # untrusted text must not be read as control tokens, such as one more picture
        content = [{"type": "image", "image": picture}, {"type": "text", "text": prompt.replace("<|", "< |")}]
        encoded = self._processor.apply_chat_template(
            [{"role": "user", "content": content}],
            tokenize=True,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
        )
        return encoded.to(self._model.device)

    def _positions(self, encoded: Any) -> Any:
        """torch[3, 1, tokens]: time, row and column of each token, as the model counts them."""
        wanted = ("input_ids", "mm_token_type_ids", "image_grid_thw", "attention_mask")
        return self._model.get_rope_index(**{name: encoded[name] for name in wanted if name in encoded})[0]

    def _merge(self) -> Any:
        """torch[3]: patches a token in time, height and width."""
        size = self._model.config.vision_config.spatial_merge_size
        return self._torch.tensor([1, size, size], device=self._model.device)


def _bounded(picture: PIL.Image.Image) -> PIL.Image.Image:
    pixels = picture.width * picture.height
    if pixels <= MAX_PIXELS:
        return picture
    scale = (MAX_PIXELS / pixels) ** 0.5
    return picture.resize((max(int(picture.width * scale), 1), max(int(picture.height * scale), 1)), PIL.Image.Resampling.BICUBIC)


ATTENTION_NAME = "vilomem_last_row"
ROWS_WANTED = "vilomem_rows"  # attribute of the attention module that is read: the positions wanted


class RowsRead(Exception):
    """Carries torch f32[batch, heads, rows, tokens], each row a distribution over tokens."""

    def __init__(self, weights: Any) -> None:
        super().__init__(weights)
        self.weights = weights


def register_attention() -> None:
    """Makes the attention known to transformers under ``ATTENTION_NAME``; doing it again changes nothing."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(ATTENTION_NAME, read_rows)
    AttentionMaskInterface.register(ATTENTION_NAME, sdpa_mask)


def read_rows(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, scaling: float | None = None, **options: Any
) -> Any:
    """transformers' attention interface. ``query`` is [batch, heads, tokens, dim]; ``key`` and ``value`` may have fewer heads."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    rows = getattr(module, ROWS_WANTED, None)
    if rows is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)
    import torch

    keys = key.repeat_interleave(query.shape[1] // key.shape[1], dim=1).float()
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = (query[:, :, rows].float() * scale) @ keys.transpose(2, 3)
    scores = scores.masked_fill(~attention_mask[:, :, rows], -torch.inf)
    raise RowsRead(torch.softmax(scores, -1))
