"""A Qwen3-VL of 0.6 million random weights: everything of the real model but its size and its sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vilomem_core.prompts import template
from vilomem_core.simulation import demo_cases

CONTEXT = 8192  # tokens of prompt and reply
SHARED = 4.0  # with these two a closing quote has a probability of about 0.03 at temperature 1
PREFERENCE = 1.0
MARKS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
CHAT_TEMPLATE = (
    "{%- for message in messages -%}<|im_start|>{{ message.role }}\n"
    "{%- if message.content is string -%}{{ message.content }}{%- else -%}"
    "{%- for part in message.content -%}"
    "{%- if part.type == 'text' -%}{{ part.text }}{%- else -%}<|vision_start|><|image_pad|><|vision_end|>{%- endif -%}"
    "{%- endfor -%}{%- endif -%}<|im_end|>\n{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|im_start|>assistant\n{%- endif -%}"
)


def build_tiny_qwen3_vl(folder: Path) -> Path:
    """Writes configuration, tokenizer, image processor and weights; ``folder`` comes back. About 5 s, most of it imports."""
    import torch
    from transformers import GenerationConfig, Qwen2VLImageProcessor, Qwen3VLForConditionalGeneration, Qwen3VLProcessor
    from transformers import Qwen3VLVideoProcessor as VideoProcessor

    torch.manual_seed(7)
    tokenizer = _tokenizer()
    model = Qwen3VLForConditionalGeneration(_config(tokenizer)).to(torch.float32)
    _prefer(model, tokenizer.convert_tokens_to_ids('"'))
    end, padding = (tokenizer.convert_tokens_to_ids(mark) for mark in ("<|im_end|>", "<|endoftext|>"))
    model.generation_config = GenerationConfig(eos_token_id=[end, padding], pad_token_id=padding)
    pixels = {"shortest_edge": 64 * 64, "longest_edge": 256 * 256}  # 4 to 64 tokens a picture
    images = Qwen2VLImageProcessor(size=pixels, patch_size=16, image_mean=[0.5] * 3, image_std=[0.5] * 3)
    processor = Qwen3VLProcessor(images, tokenizer, VideoProcessor(size=pixels, patch_size=16), chat_template=CHAT_TEMPLATE)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _prefer(model: Any, token: int) -> None:
    """Makes one token likelier than the others: a random model would hardly ever end a string that it began."""
    import torch

    words, scores = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    shared = torch.ones(words.shape[1]) / words.shape[1] ** 0.5  # a direction that all words then have in common
    with torch.no_grad():
        words += SHARED * shared
        scores[token] += PREFERENCE * shared


def _tokenizer() -> Any:
    """Byte pairs learned from the project's own prompts: a random model then writes words rather than single bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import Qwen2Tokenizer

    texts = [template(name) for name in ("system", "analyze", "solve", "visual_critic", "logic_critic")]
    texts += [case.question for case in demo_cases(200)]
    bytes_to_words = Tokenizer(models.BPE())
    bytes_to_words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_to_words.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=2000, initial_alphabet=alphabet, show_progress=False)
    bytes_to_words.train_from_iterator(texts, trainer)
    learned = json.loads(bytes_to_words.to_str())["model"]
    tokenizer = Qwen2Tokenizer(
        vocab=learned["vocab"],
        merges=[tuple(pair) for pair in learned["merges"]],
        model_max_length=CONTEXT,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token=None,
        extra_special_tokens=MARKS,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def _config(tokenizer: Any) -> Any:
    from transformers import Qwen3VLConfig

    marks = {mark: tokenizer.convert_tokens_to_ids(mark) for mark in MARKS}
    spread = 0.1  # of the random weights: with the usual 0.02 every picture gets the same answer
    text = {
        "vocab_size": -(-len(tokenizer) // 64) * 64,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 32,
        "max_position_embeddings": CONTEXT,
        "initializer_range": spread,
        "bos_token_id": marks["<|endoftext|>"],
        "eos_token_id": marks["<|im_end|>"],
        "pad_token_id": marks["<|endoftext|>"],
        # the sections share out half of head_dim among time, height and width
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [4, 6, 6], "mrope_interleaved": True},
    }
    vision = {
        "depth": 2,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_heads": 2,
        "patch_size": 16,
        "out_hidden_size": 64,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0],
        "initializer_range": spread,
    }
    return Qwen3VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=marks["<|image_pad|>"],
        video_token_id=marks["<|video_pad|>"],
        vision_start_token_id=marks["<|vision_start|>"],
        vision_end_token_id=marks["<|vision_end|>"],
        tie_word_embeddings=False,
    )
