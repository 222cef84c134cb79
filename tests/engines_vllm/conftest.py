"""What the vLLM tests share: a model of random weights and the settings of a small engine."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vilomem_core.settings.models import VLLMSettings

if importlib.util.find_spec("vllm") is not None:
    os.environ["HF_HUB_OFFLINE"] = "1"  # no test asks a hub
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["TORCH_COMPILE_DISABLE"] = "1"  # compiling a model of this size costs more than it saves
    os.environ["VLLM_NO_USAGE_STATS"] = "1"
    os.environ["VLLM_LOGGING_LEVEL"] = "ERROR"
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"  # the engine's process computes itself: one process less to start

CONTEXT = 4096


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore"))  # the engine's and its libraries' own


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.engines_vllm.tiny_model import build_tiny_qwen3_vl

    return build_tiny_qwen3_vl(tmp_path_factory.mktemp("tiny-qwen3-vl"))


@pytest.fixture(scope="session")
def small_engine() -> VLLMSettings:
    """A CPU's engine: by default it would take nearly all memory for its cache."""
    return VLLMSettings(
        dtype="float32", max_model_len=CONTEXT, max_num_seqs=32, kv_cache_memory_bytes=64 << 20, max_images=2, enforce_eager=True
    )


@pytest.fixture(scope="session", autouse=True)
def _project_on_path() -> Iterator[None]:
    """Worker processes import the tests' modules and the project from the working tree."""
    root = str(Path(__file__).parents[2])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = root if before is None else f"{root}:{before}"
    yield
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before
