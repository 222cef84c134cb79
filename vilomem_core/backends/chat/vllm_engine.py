"""The ``vllm`` back end: an engine that belongs to this process, with continuous batching and prefix caching.

The requests of a case begin with the same system text, images and question, so the engine computes that part once and every further
role of the case finds it in the prefix cache.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import time
from typing import Any

from vilomem_core.backends.chat.vllm_process import EngineLog, ProcessGuard, first_sentences, load_vllm, start_failure
from vilomem_core.backends.chat.wire import without_thinking
from vilomem_core.errors import ModelUnavailable, ReplyUnusable, RequestRefused, RunStopped
from vilomem_core.images import decode
from vilomem_core.protocols import ChatReply, ChatRequest, Message
from vilomem_core.settings.models import VLLMSettings
from vilomem_core.types import Image, Usage

# what configuration, tokenizer, weights and device checks raise; the engine's own process turns everything into a RuntimeError
_START_ERRORS = (OSError, ValueError, RuntimeError, AssertionError, ImportError, LookupError, TypeError)
ENDS = ("stop", "length")  # vLLM's others: abort, error


class EngineDied(RunStopped):
    """The engine's own process ended: no request of this process will be answered any more, and a new process is needed."""


class VLLMModel:
    """One engine for any number of requests at once, in one event loop."""

    def __init__(self, model: str, settings: VLLMSettings) -> None:
        """Loads the weights. Raises ``SettingsError`` that names the model and the reason."""
        engine, arguments = load_vllm(model)
        self.name = f"vllm:{model}"
        self._numbers = itertools.count()
        self._log = EngineLog()
        others = set(multiprocessing.active_children())
        with self._log:
            try:
                self._engine: Any = engine.from_engine_args(arguments(model=model, **_engine_arguments(settings)))
            except _START_ERRORS as exc:
                raise start_failure(model, exc, self._log) from exc
        self._guard = ProcessGuard([child for child in multiprocessing.active_children() if child not in others])

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Raises ``RequestRefused`` for what the engine will never take, ``EngineDied`` when there is no engine any more."""
        from vllm.exceptions import VLLMClientError
        from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

        started = time.monotonic()
        try:
            output = await self._generate(request)
        except (VLLMClientError, ValueError) as exc:
            raise RequestRefused(f"vLLM refused the request of {request.case_id}: {first_sentences(exc)}") from exc
        except EngineGenerateError as exc:
            raise ModelUnavailable(f"{self.name} failed on the request of {request.case_id}: {first_sentences(exc)}") from exc
        except EngineDeadError as exc:
            reason = await asyncio.to_thread(self._log.first_error) or "its process ended"
            raise EngineDied(f"{self.name} died: {reason}", "Run the same command again: it goes on where it stopped.") from exc
        return self._reply(output, time.monotonic() - started)

    def _reply(self, output: Any, seconds: float) -> ChatReply:
        """The text without thinking, and the engine's own token counts."""
        chosen = output.outputs[0]
        finish = chosen.finish_reason or "stop"
        if finish not in ENDS:
            raise ModelUnavailable(f"{self.name} gave the request up (finish reason {finish}).")
        text = without_thinking(chosen.text, finish)
        if not text.strip():
            raise ReplyUnusable(
                f"{self.name} sent no answer (finish reason {finish}).", "Raise max_tokens for a model that thinks."
            )
        return ChatReply(text, self.name, finish, Usage(1, len(output.prompt_token_ids), len(chosen.token_ids), seconds))

    async def _generate(self, request: ChatRequest) -> Any:
        from vllm.renderers import ChatParams

        messages = await asyncio.to_thread(lambda: [_message(message) for message in request.messages])
        _, (prompt,) = await self._engine.renderer.render_chat_async([messages], ChatParams())
        output = None
        async for part in self._engine.generate(prompt, _sampling(request), request_id=f"{request.role}-{next(self._numbers)}"):
            output = part  # FINAL_ONLY: the only one
        return output

    async def aclose(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            self._guard.close()
            engine.shutdown()


def _engine_arguments(settings: VLLMSettings) -> dict[str, Any]:
    from vllm.platforms import current_platform

    chosen: dict[str, Any] = {
        "dtype": settings.dtype,
        "max_model_len": settings.max_model_len,
        "max_num_seqs": settings.max_num_seqs,
        "gpu_memory_utilization": settings.gpu_memory_utilization,
        "kv_cache_memory_bytes": settings.kv_cache_memory_bytes,
        "enforce_eager": settings.enforce_eager,
    }
    if settings.tensor_parallel_size > 1:
        # processes on this machine: inside an actor vLLM may else ask Ray for further GPUs
        chosen |= {"tensor_parallel_size": settings.tensor_parallel_size, "distributed_executor_backend": "mp"}
    if current_platform.is_cpu():
        # a seeded request whose prompt is read in two chunks ends vLLM 0.32 on a CPU: generators have no offset there
        chosen["enable_chunked_prefill"] = False
    return {
        **{name: value for name, value in chosen.items() if value is not None},
        "limit_mm_per_prompt": {"image": settings.max_images, "video": 0},
        "enable_prefix_caching": True,
        # free whitespace between JSON tokens lets a model fill its budget with blanks
        "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
    }


def _sampling(request: ChatRequest) -> Any:
    """The request's sampling as vLLM's parameters; repeated draws of one request differ by their seed."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    sampling, schema = request.sampling, request.json_schema
    return SamplingParams(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_tokens,
        seed=None if sampling.seed is None else sampling.seed + request.sample,
        output_kind=RequestOutputKind.FINAL_ONLY,
        structured_outputs=None if schema is None else StructuredOutputsParams(json=dict(schema)),
    )


def _message(message: Message) -> dict[str, Any]:
    return {"role": message.role, "content": [_part(part) for part in message.parts]}


def _part(part: str | Image) -> dict[str, Any]:
    if isinstance(part, Image):
        # with the hash as its name the engine knows a picture again without hashing its pixels
        return {"type": "image_pil", "image_pil": decode(part), "uuid": part.sha256}
    return {"type": "text", "text": part}
