"""Starting a vLLM engine, and saying in one line why it did not start.

The engine computes in a process of its own: vLLM offers no asynchronous engine without. What goes wrong there is printed, and the
exception says "see above"; so what the engine prints is read along, and its first error is the reason given.
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
from pathlib import Path
from typing import Any

from vilomem_core.errors import SettingsError

KEPT_LINES = 400  # a traceback through the worker, the engine and torch is about 150 lines
LAST_WORDS_S = 1.0  # how long a process that has ended may take to hand over what it printed

# "(EngineCore pid=7) ERROR 11-22 16:08:39 [core.py:1510] ValueError: text", with or without what stands before the class
_ERROR = re.compile(r"^(?:\(.*?pid=\d+\)\s*)?(?:ERROR .*?\]\s*)?((?:[\w.]+\.)?\w*(?:Error|Exception)): (\S.*)$")
_DETACHED: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
_EMPTY_WORDS = ("see root cause above", "see stack trace", "background process", "engine core initialization failed")


class EngineLog:
    """Reads along what this process and the children it starts meanwhile print to stderr, and passes it on unchanged.

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
        self._reader = threading.Thread(target=self._pass_on, args=(reading,), name="vllm-log", daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        sys.stderr.flush()
        os.dup2(self._stderr, 2)

    def first_error(self) -> str | None:
        """The first error that was printed and says more than that there was one: those that follow are its consequences."""
        self._reader.join(LAST_WORDS_S)
        for line in list(self._lines):
            found = _ERROR.match(line)
            if found and not any(words in line.casefold() for words in _EMPTY_WORDS):
                return f"{found[1].rpartition('.')[2]}: {found[2]}"
        return None

    def _pass_on(self, reading: int) -> None:
        with os.fdopen(reading, "rb") as lines:
            for line in lines:
                self._lines.append(line.decode("utf-8", "replace").rstrip())
                os.write(self._stderr, line)
        os.close(self._stderr)


class ProcessGuard:
    """Takes processes along when this one is killed: an engine that outlived its owner would keep the GPU's memory.

    A shell waits for the end of a pipe whose other end only this process holds.
    """

    def __init__(self, processes: Sequence[BaseProcess]) -> None:
        numbers = " ".join(str(process.pid) for process in processes)
        self._shell = subprocess.Popen(["/bin/sh", "-c", f"read _; kill -9 {numbers}"], stdin=subprocess.PIPE, **_DETACHED)

    def close(self) -> None:
        """Let the processes be: they are about to be ended in an orderly way."""
        self._shell.kill()
        self._shell.wait()
        if self._shell.stdin is not None:
            self._shell.stdin.close()


def import_vllm(model: str) -> Any:
    """The module ``vllm``, told to be quiet and to report nothing to its makers, unless the environment says otherwise."""
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")  # stdout is the command line's own
    if not logging.getLogger().isEnabledFor(logging.INFO):
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    try:
        import vllm
    except ImportError as exc:
        raise SettingsError(f"vllm:{model} needs the vLLM engine ({exc}).", "Install it with: pip install 'vilomem[vllm]'") from exc
    return vllm


def start_failure(model: str, error: BaseException, log: EngineLog) -> SettingsError:
    """Which model did not start, the first reason found, and what to do about it."""
    reason = plain_words(error)
    if any(words in reason.casefold() for words in _EMPTY_WORDS):
        reason = log.first_error() or reason
    return SettingsError(f"vLLM could not start {model!r}: {reason}", start_hint(reason, model))


def plain_words(error: BaseException) -> str:
    """An error of vLLM in one line, without what a validation library wraps around it."""
    text = " ".join((str(error) or type(error).__name__).split())
    text = re.sub(r"^\d+ validation errors? for \w+ (?:Value error, )?|\s*\[type=.*$", "", text)
    return text[:400]


def start_hint(reason: str, model: str) -> str:
    """What a person can do about the start-up failures that are met in practice."""
    text = reason.casefold()
    if re.search(r"driver|no cuda gpus|cuda error|infer device type|nvml|torch not compiled with cuda", text):
        return "Check `nvidia-smi`, and that the installed vLLM fits the driver's CUDA version."
    if "available gpus" in text:
        return "vllm.tensor_parallel_size is the number of GPUs of one engine, all on one machine."
    if re.search(r"memory|kv cache|cache blocks", text):
        return (
            "Lower vllm.max_model_len or vllm.max_num_seqs, give each actor GPUs of its own (engine.gpus_per_actor; `nvidia-smi` "
            "shows who uses them), or spread the model over more of them (vllm.tensor_parallel_size)."
        )
    if re.search(r"repo id|not a local folder|no such file|config\.json|model weights|valid model identifier|offline", text):
        there = "the folder lacks something" if Path(model).is_dir() else "there is no such folder"
        return f"Give a folder with configuration, tokenizer and weights ({there}), or a model that this machine can download."
    if "architecture" in text:
        return "This vLLM does not know the model's architecture: a newer one may."
    return "--verbose shows the engine's log."
