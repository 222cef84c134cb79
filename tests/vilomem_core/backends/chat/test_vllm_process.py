"""Why an engine did not start is told plainly, and none outlives its owner. Without the engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from vilomem_core.backends.chat.vllm_process import EngineLog, first_sentences, start_failure, start_hint
from vilomem_core.errors import SettingsError
from vilomem_core.settings.models import RoleSettings, RolesSettings, VLLMSettings
from vilomem_core.settings.tree import EngineSettings, Settings

PRINTED = """\
(Worker pid=77) INFO 11-22 16:44:10 [core.py:1] loading
(Worker pid=77) ERROR 11-22 16:44:10 [worker.py:953] Traceback (most recent call last):
(Worker pid=77) ERROR 11-22 16:44:10 [worker.py:953] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB.
Exception: WorkerProc initialization failed due to an exception in a background process. See stack trace for root cause.
RuntimeError: cancelled
"""
NO_REASON = "Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': 1}"


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("The NVIDIA driver on your system is too old (found version 11040).", "nvidia-smi"),
        ("Failed to infer device type, please set the environment variable", "nvidia-smi"),
        ("libcudart.so.13: cannot open shared object file: No such file or directory", "nvidia-smi"),
        ("World size (8) is larger than the number of available GPUs (1) in this node.", "tensor_parallel_size"),
        ("Free memory on device cuda:0 (3.1/79.1 GiB) on startup is less than desired GPU memory utilization", "gpus_per_actor"),
        ("No available memory for the cache blocks. Try increasing `gpu_memory_utilization`", "max_model_len"),
        ("CUDA out of memory. Tried to allocate 2.00 GiB.", "more GPUs"),
        ("Cannot find any model weights with `/models/x`", "Give a folder"),
        ("Invalid repository ID or local directory specified: '/models/x'.", "Give a folder"),
        ("Error while deserializing header: incomplete metadata", "damaged"),
        ("Model architectures ['FooForCausalLM'] are not supported for now.", "newer"),
        ("something that was never seen", "--verbose"),
    ],
)
def test_each_kind_of_failure_has_its_advice(reason: str, advice: str) -> None:
    assert advice in start_hint(reason)


def test_wrappings_and_long_lists_are_left_out() -> None:
    told = first_sentences(
        "1 validation error for ModelConfig\n  Value error, Model architectures ['Foo'] are not supported for now. Supported "
        "architectures: " + "X" * 9000 + " [type=value_error, input_value=ArgsKwargs(...)]"
    )
    assert told == "Model architectures ['Foo'] are not supported for now."


def test_the_reason_is_the_first_error_that_a_child_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with EngineLog() as log:
        subprocess.run([sys.executable, "-c", f"import sys; sys.stderr.write({PRINTED!r})"], check=True)
    failure = start_failure("some/model", RuntimeError(NO_REASON), log)
    assert failure.message == "vLLM could not start 'some/model': OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB."
    assert "more GPUs" in failure.hint
    assert capfd.readouterr().err == PRINTED, "what was printed is passed on"


def test_an_engine_that_printed_nothing_is_still_told() -> None:
    with EngineLog() as log:
        pass
    assert NO_REASON in start_failure("some/model", RuntimeError(NO_REASON), log).message


OWNER = """
import multiprocessing, os, signal
from vilomem_core.backends.chat.vllm_process import ProcessGuard
child = multiprocessing.get_context("fork").Process(target=signal.pause)
child.start()
guard = ProcessGuard([child])
print(child.pid, flush=True)
signal.pause()
"""


def test_a_killed_owner_takes_its_engine_along() -> None:
    """The child holds the owner's standard output open: it ends with the last of the two."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    child = int(owner.stdout.readline())
    os.kill(child, 0)
    owner.send_signal(signal.SIGKILL)
    assert owner.communicate(timeout=20) == (b"", None)


def test_a_merger_does_not_start_an_engine_of_its_own() -> None:
    with pytest.raises(SettingsError, match=r"outside the workers.*openai:MODEL"):
        RolesSettings(merger=RoleSettings(model="vllm:some/model"))


def test_an_actor_needs_the_gpus_that_share_its_weights() -> None:
    with pytest.raises(SettingsError, match=r"gpus_per_actor is 1, and vllm.tensor_parallel_size 4"):
        Settings(engine=EngineSettings(gpus_per_actor=1), vllm=VLLMSettings(tensor_parallel_size=4))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tensor_parallel_size": 0}, "1 or more"),
        ({"gpu_memory_utilization": 1.5}, "share"),
        ({"max_images": -1}, "1 or more"),
    ],
)
def test_wrong_engine_settings_are_told(changes: dict[str, float], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        VLLMSettings(**changes)  # type: ignore[arg-type]
