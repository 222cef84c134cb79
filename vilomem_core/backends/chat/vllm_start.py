"""Loading vLLM, and saying in a line or two why an engine did not start.

The engine computes in a process of its own: vLLM offers no asynchronous engine without. What goes wrong there is printed, and the
exception says "see above"; so the reason is looked for in what the engine printed.
"""

from __future__ import annotations

import logging
import os
import re
from typing import Any

from vilomem_core.backends.chat.vllm_process import EngineLog, has_reason
from vilomem_core.errors import SettingsError

REASON_CHARS = 300  # whole sentences up to here; vLLM's messages go on with advice in its own terms

# What a person can do, by the wordings of torch, vLLM 0.32 and the model hub; the first that fits.
_HINTS = (
    (
        r"driver|no cuda gpus|cuda error|infer device type|nvml|not compiled with cuda|lib(?:cuda|cudart|nvidia)[\w.-]*\.so",
        "Check `nvidia-smi`, and that the installed vLLM fits the driver's CUDA version.",
    ),
    (r"available gpus", "vllm.tensor_parallel_size counts the GPUs of one engine, all on one machine."),
    (r"greater than the derived max_model_len", "Lower vllm.max_model_len."),
    (
        r"less than desired",
        "Others use this memory: give each actor GPUs of its own (engine.gpus_per_actor), end what else `nvidia-smi` shows, or "
        "lower vllm.gpu_memory_utilization.",
    ),
    (
        r"kv cache|cache blocks",
        "Lower vllm.max_model_len, raise vllm.gpu_memory_utilization or vllm.kv_cache_memory_bytes, or spread the model over more "
        "GPUs (vllm.tensor_parallel_size).",
    ),
    (
        r"out of memory|outofmemory|alloc",
        "The model needs more memory than there is: spread it over more GPUs (vllm.tensor_parallel_size) or take a smaller one.",
    ),
    (r"safetensor|deserializ|checkpoint", "A file of weights is damaged or incomplete: fetch it again."),
    (r"no module named", "Install what is missing, or vLLM anew."),
    (r"architecture", "This vLLM does not know the model's architecture; a newer one may."),
    (
        r"repo(?:sitory)? id|local (?:folder|directory|disk)|no such file|config(?:\.json| file)|model weights|model identifier",
        "Give a folder with configuration, tokenizer and weights, or the name of a model that this machine has or can download.",
    ),
)
_INSTALL = "Install it with: pip install 'vilomem[vllm]' (docs/running.md tells more)."
_ANY_OTHER = "--verbose shows the engine's log."


def load_vllm(model: str) -> tuple[Any, Any]:
    """vLLM's ``AsyncLLM`` and ``AsyncEngineArgs``, quiet and reporting nothing unless the environment says otherwise."""
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # stdout is the command line's own
    if not logging.getLogger().isEnabledFor(logging.INFO):
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    try:
        from vllm import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM
    except (ImportError, OSError) as exc:
        if isinstance(exc, ModuleNotFoundError) and exc.name == "vllm":
            raise SettingsError(f"vllm:{model} needs the vLLM engine.", _INSTALL) from exc
        raise SettingsError(f"vLLM is installed, but does not load: {plain_words(exc)}", start_hint(str(exc))) from exc
    return AsyncLLM, AsyncEngineArgs


def start_failure(model: str, error: BaseException, log: EngineLog) -> SettingsError:
    """Which model did not start, the reason found first, and what to do about it."""
    reason = str(error)
    if not has_reason(reason):
        reason = log.first_error() or reason
    return SettingsError(f"vLLM could not start {model!r}: {plain_words(reason)}", start_hint(reason))


def plain_words(error: BaseException | str) -> str:
    """The first sentences of an error, in one line, without what a validation library wraps around them."""
    text = " ".join((str(error) or type(error).__name__).split())
    text = re.sub(r"^\d+ validation errors? for \w+ (?:Value error, )?|\s*\[type=.*$", "", text)
    kept = ""
    for sentence in re.split(r"(?<=[.!?]) (?=[A-Z`'])", text):
        if kept and len(kept) + len(sentence) > REASON_CHARS:
            break
        kept = f"{kept} {sentence}".strip()
    return kept[:REASON_CHARS]


def start_hint(reason: str) -> str:
    """What a person can do about the start-up failures that are met in practice."""
    return next((hint for pattern, hint in _HINTS if re.search(pattern, reason, re.I)), _ANY_OTHER)
