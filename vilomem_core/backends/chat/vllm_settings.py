"""Settings of an in-process vLLM engine; one engine serves every role that names its model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vilomem_core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class VLLMSettings:
    """What the engine is started with; None leaves a choice to vLLM."""

    tensor_parallel_size: int = 1
    """GPUs that share one copy of the weights; an actor asks Ray for as many (engine.gpus_per_actor)."""

    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """Number format of the weights."""

    max_model_len: int | None = None
    """Tokens of prompt and reply together; a smaller number leaves more memory for requests in flight."""

    max_num_seqs: int | None = None
    """Requests that are computed at the same time."""

    gpu_memory_utilization: float | None = None
    """Share of a GPU's memory that the engine may take."""

    kv_cache_memory_bytes: int | None = None
    """Bytes of the key-value cache, instead of a share; on a CPU the default takes nearly all memory."""

    max_images: int = 32
    """Images of one request: the case's own, and as many heatmaps."""

    enforce_eager: bool = False
    """Start without compiling graphs: seconds faster to start, slower to run."""

    def __post_init__(self) -> None:
        for name in ("tensor_parallel_size", "max_images", "max_model_len", "max_num_seqs", "kv_cache_memory_bytes"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SettingsError(f"vllm.{name} is {value}: it must be 1 or more.")
        share = self.gpu_memory_utilization
        if share is not None and not 0.0 < share <= 1.0:
            raise SettingsError(f"vllm.gpu_memory_utilization is {share}: it is a share between 0 and 1.")


DEFAULTS = VLLMSettings()
