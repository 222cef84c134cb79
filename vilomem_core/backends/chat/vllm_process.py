"""Starting vLLM: its processes never outlive their owner, and a failed start is explained in one or two lines.

The engine computes in a process of its own: vLLM offers no asynchronous engine without. What goes wrong there is printed, and the
exception says "see above"; so the reason is looked for in what the engine printed.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from typing import Any

from vilomem_core.errors import SettingsError

REASON_CHARS = 300  # whole sentences up to here; vLLM's messages go on with advice in its own terms

# What the user can do, by the error texts of torch, vLLM 0.32 and the model hub; the first that matches.
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
        raise SettingsError(f"vLLM is installed, but does not load: {first_sentences(exc)}", start_hint(str(exc))) from exc
    return AsyncLLM, AsyncEngineArgs


def start_failure(model: str, error: BaseException, log: EngineLog) -> SettingsError:
    """Which model did not start, the first reason that was found, and what to do about it."""
    reason = str(error)
    if not has_reason(reason):
        reason = log.first_error() or reason
    return SettingsError(f"vLLM could not start {model!r}: {first_sentences(reason)}", start_hint(reason))


def first_sentences(error: BaseException | str) -> str:
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
    """What the user can do about the start-up failures that are met in practice."""
    return next((hint for pattern, hint in _HINTS if re.search(pattern, reason, re.I)), _ANY_OTHER)


KEPT_LINES = 400  # a traceback through the worker, the engine and torch is about 150 lines
FINAL_OUTPUT_S = 1.0  # how long the last output of a process that has ended is waited for

# "(EngineCore pid=7) ERROR 11-22 16:08:39 [core.py:1510] ValueError: text", with or without what stands before the class
_ERROR = re.compile(r"^(?:\(.*?pid=\d+\)\s*)?(?:ERROR .*?\]\s*)?((?:[\w.]+\.)?\w*(?:Error|Exception)): (\S.*)$")
_NO_REASON = re.compile(r"see root cause above|see stack trace|background process|engine core initialization failed", re.I)


class EngineLog:
    """Keeps what this process, and the children that it starts meanwhile, print to stderr, and passes it on unchanged.

    Used in a ``with`` block around the start. Children keep writing here for as long as they live, so the reason of a later death
    is known as well.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)

    def __enter__(self) -> EngineLog:
        sys.stderr.flush()
        self._stderr = os.dup(2)
        reading, writing = os.pipe()
        os.dup2(writing, 2)
        os.close(writing)
        self._reader = threading.Thread(target=self._pass_on, args=(reading, os.dup(self._stderr)), name="vllm-log", daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        sys.stderr.flush()
        os.dup2(self._stderr, 2)
        os.close(self._stderr)

    def first_error(self) -> str | None:
        """The first error that was printed and says more than that there was one: those that follow are its consequences."""
        self._reader.join(FINAL_OUTPUT_S)
        for line in list(self._lines):
            found = _ERROR.match(line)
            if found and has_reason(found[2]):
                return f"{found[1].rpartition('.')[2]}: {found[2]}"
        return None

    def _pass_on(self, reading: int, stderr: int) -> None:
        with os.fdopen(reading, "rb") as lines, os.fdopen(stderr, "wb", buffering=0) as out:
            for line in lines:
                self._lines.append(line.decode("utf-8", "replace").rstrip())
                out.write(line)


def has_reason(message: str) -> bool:
    """False for the engine's "see above": the reason was only printed."""
    return not _NO_REASON.search(message)


class ProcessGuard:
    """Kills processes when this one is killed: an engine that outlived its owner would keep the GPU's memory.

    A shell waits for the end of a pipe whose other end only this process holds.
    """

    def __init__(self, processes: Sequence[BaseProcess]) -> None:
        numbers = " ".join(str(process.pid) for process in processes)
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", f"read _; kill -9 {numbers}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in a terminal ends the owner's group, and must not end the guard first
        )

    def close(self) -> None:
        """Stop guarding: the processes are about to be shut down in order."""
        self._shell.kill()
        self._shell.communicate()
