"""Tiny Qwen-VL models with random weights, complete with tokenizer, chat template and processor, made without a network."""

from __future__ import annotations

import json
from pathlib import Path

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
TEMPLATE = """
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{% for part in message.content -%}
{%- if part.type == 'image' -%}<|vision_start|><|image_pad|><|vision_end|>{%- else -%}{{ part.text }}{%- endif -%}
{%- endfor -%}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}
"""
SPREAD = 0.2  # deviation of the weights: with the usual 0.02 attention would be all but uniform


def save_tiny_qwen(kind: str, folder: Path, max_tokens: int = 256) -> Path:
    """``kind`` is a transformers model type: qwen2_5_vl (28 pixels a token) or qwen3_vl (32); ``max_tokens`` of a picture."""
    import torch

    torch.manual_seed(7)
    tokenizer = _tokenizer()
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in CONTROL}
    model, processor = (_qwen2_5 if kind == "qwen2_5_vl" else _qwen3)(tokenizer, ids, max_tokens)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import Qwen2Tokenizer

    bytes_only = Tokenizer(models.BPE())
    bytes_only.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    bytes_only.train_from_iterator(["the picture shows what is there and where it is"] * 5, trainer)
    parts = json.loads(bytes_only.to_str())["model"]
    return Qwen2Tokenizer(
        vocab=parts["vocab"],
        merges=[tuple(pair) for pair in parts["merges"]],
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token=None,
        extra_special_tokens=list(CONTROL),
    )


def _text(tokenizer, ids, **more):
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 48,
        "intermediate_size": 64,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "initializer_range": SPREAD,
        "bos_token_id": None,
        "eos_token_id": ids["<|im_end|>"],
        "pad_token_id": ids["<|endoftext|>"],
        **more,
    }


def _shared(ids):
    return {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
        "tie_word_embeddings": False,
    }


def _vision(patch, **more):
    return {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_heads": 2,
        "patch_size": patch,
        "out_hidden_size": 48,
        "initializer_range": SPREAD,
        **more,
    }


def _qwen2_5(tokenizer, ids, max_tokens):
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    rope = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 2, 2]}
    config = Qwen2_5_VLConfig(
        text_config=_text(tokenizer, ids, rope_parameters=rope),
        vision_config=_vision(14, window_size=56, fullatt_block_indexes=[1]),
        **_shared(ids),
    )
    pixels = {"shortest_edge": 28 * 28, "longest_edge": 28 * 28 * max_tokens}
    processor = Qwen2_5_VLProcessor(
        Qwen2VLImageProcessor(size=pixels, patch_size=14), tokenizer, Qwen2VLVideoProcessor(patch_size=14), chat_template=TEMPLATE
    )
    return Qwen2_5_VLForConditionalGeneration(config), processor


def _qwen3(tokenizer, ids, max_tokens):
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    rope = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 2, 2], "mrope_interleaved": True}
    config = Qwen3VLConfig(
        text_config=_text(tokenizer, ids, head_dim=12, rope_parameters=rope),
        vision_config=_vision(16, num_position_embeddings=64, deepstack_visual_indexes=[0]),
        **_shared(ids),
    )
    pixels = {"shortest_edge": 32 * 32, "longest_edge": 32 * 32 * max_tokens}
    processor = Qwen3VLProcessor(
        Qwen2VLImageProcessor(size=pixels, patch_size=16), tokenizer, Qwen3VLVideoProcessor(patch_size=16), chat_template=TEMPLATE
    )
    return Qwen3VLForConditionalGeneration(config), processor
