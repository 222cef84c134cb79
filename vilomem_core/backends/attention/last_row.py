"""Reading the attention of a few positions at one layer of a transformers model, and nothing behind it.

Every layer runs with the fast attention of torch; at the layer that is read only softmax(q K^T) of the wanted rows is computed, and
the forward pass ends there. No other attention is ever kept.
"""

from __future__ import annotations

from typing import Any

NAME = "vilomem_last_row"
ROWS = "vilomem_rows"  # attribute of the attention module that is read: the positions wanted


class RowsRead(Exception):
    """Carries torch f32[batch, heads, rows, tokens], each row a distribution over tokens."""

    def __init__(self, weights: Any) -> None:
        super().__init__(weights)
        self.weights = weights


def register() -> None:
    """Makes the attention known to transformers under ``NAME``; doing it again changes nothing."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def attend(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, scaling: float | None = None, **options: Any) -> Any:
    """transformers' attention interface. ``query`` is [batch, heads, tokens, dim]; ``key`` and ``value`` may have fewer heads."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    rows = getattr(module, ROWS, None)
    if rows is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)
    import torch

    keys = key.repeat_interleave(query.shape[1] // key.shape[1], dim=1).float()
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = (query[:, :, rows].float() * scale) @ keys.transpose(2, 3)
    scores = scores.masked_fill(~attention_mask[:, :, rows], -torch.inf)
    raise RowsRead(torch.softmax(scores, -1))
