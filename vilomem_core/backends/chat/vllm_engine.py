"""The ``vllm`` back end: the real engine in this process, with continuous batching and prefix caching.

The requests of a case begin with the same system text, images and question, so the engine computes that part once and every further
role of the case finds it in the prefix cache.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import Any

from vilomem_core.backends.chat.vllm_settings import VLLMSettings
from vilomem_core.errors import ModelUnavailable, RequestRefused, SettingsError
from vilomem_core.images import decode
from vilomem_core.protocols import ChatReply, ChatRequest, Message, Sampling
from vilomem_core.types import Image, Usage


class VLLMModel:
    """One engine for any number of requests at once. Built inside a running event loop's process, typically a Ray actor."""

    def __init__(self, model: str, settings: VLLMSettings = VLLMSettings()) -> None:
        """Loads the weights. Raises ``SettingsError`` that names the model and what stood in the way."""
        try:
            from vllm import AsyncEngineArgs
            from vllm.v1.engine.async_llm import AsyncLLM
        except ImportError as exc:
            raise SettingsError(
                f"vllm:{model} needs the vLLM engine ({exc}).", "Install it with: pip install 'vilomem[vllm]'"
            ) from exc
        self.name = f"vllm:{model}"
        self._numbers = itertools.count()
        try:
            self._engine: Any = AsyncLLM.from_engine_args(AsyncEngineArgs(model=model, **_engine_arguments(settings)))
        except (OSError, ValueError, RuntimeError, AssertionError) as exc:
            raise SettingsError(f"vLLM could not start {model!r}: {_first_line(exc)}", _start_hint(str(exc))) from exc

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Raises ``RequestRefused`` for what the engine will never take, ``ModelUnavailable`` when the engine has died."""
        from vllm.exceptions import VLLMClientError
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        started = time.monotonic()
        try:
            output = await self._generate(request)
        except (VLLMClientError, ValueError) as exc:
            raise RequestRefused(f"vLLM refused the request of {request.case_id}: {_first_line(exc)}") from exc
        except (EngineDeadError, EngineGenerateError) as exc:
            raise ModelUnavailable(f"the vLLM engine failed: {_first_line(exc)}", "--verbose shows the engine's log.") from exc
        reply = output.outputs[0]
        usage = Usage(1, len(output.prompt_token_ids or ()), len(reply.token_ids), time.monotonic() - started)
        return ChatReply(reply.text, self.name, reply.finish_reason or "stop", usage)

    async def _generate(self, request: ChatRequest) -> Any:
        from vllm.renderers import ChatParams

        messages = [_message(message) for message in request.messages]
        _, (prompt,) = await self._engine.renderer.render_chat_async([messages], ChatParams())
        parameters = _sampling(request.sampling, request.json_schema)
        number = f"{request.role}-{next(self._numbers)}"
        output = None
        async for output in self._engine.generate(prompt, parameters, request_id=number):
            pass
        return output

    async def aclose(self) -> None:
        if self._engine is not None:
            self._engine.shutdown()
            self._engine = None


def _engine_arguments(settings: VLLMSettings) -> dict[str, Any]:
    chosen = {
        "tensor_parallel_size": settings.tensor_parallel_size,
        "dtype": settings.dtype,
        "max_model_len": settings.max_model_len,
        "max_num_seqs": settings.max_num_seqs,
        "gpu_memory_utilization": settings.gpu_memory_utilization,
        "kv_cache_memory_bytes": settings.kv_cache_memory_bytes,
        "enforce_eager": settings.enforce_eager,
    }
    return {
        **{name: value for name, value in chosen.items() if value is not None},
        "limit_mm_per_prompt": {"image": settings.max_images, "video": 0},
        "enable_prefix_caching": True,
        # free whitespace between JSON tokens lets a model fill its budget with blanks
        "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
    }


def _sampling(sampling: Sampling, schema: Mapping[str, Any] | None) -> Any:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    return SamplingParams(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_tokens,
        seed=sampling.seed,
        output_kind=RequestOutputKind.FINAL_ONLY,
        structured_outputs=StructuredOutputsParams(json=dict(schema)) if schema is not None else None,
    )


def _message(message: Message) -> dict[str, Any]:
    parts = [
        {"type": "image_pil", "image_pil": decode(part)} if isinstance(part, Image) else {"type": "text", "text": part}
        for part in message.parts
    ]
    return {"role": message.role, "content": parts}


def _first_line(error: BaseException) -> str:
    return " ".join((str(error) or type(error).__name__).split())[:300]


def _start_hint(message: str) -> str:
    """What to do about the start-up failures that users meet."""
    text = message.casefold()
    if "memory" in text or "kv cache" in text or "cache blocks" in text:
        return "Lower vllm.max_model_len or vllm.max_num_seqs, set vllm.kv_cache_memory_bytes, or use more GPUs."
    if "driver" in text or "cuda" in text or "device" in text:
        return "Check `nvidia-smi` and that the installed vLLM fits the driver's CUDA version."
    if "repo" in text or "not a local folder" in text or "no such file" in text or "config.json" in text:
        return "Give a model folder, or a model name that this machine can download."
    return "--verbose shows the engine's log."
