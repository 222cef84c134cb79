"""Vectors from a server: in order, of unit length, and never made up."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tests.support.chat import FakeTime
from tests.support.fake_openai import FakeOpenAI
from vilomem_core.backends.openai_embeddings import BATCH_TEXTS, OpenAIEmbedder, parse_vectors
from vilomem_core.errors import ModelUnavailable, ReplyUnusable, SettingsError
from vilomem_core.settings.models import EndpointSettings

Build = Callable[..., OpenAIEmbedder]


@pytest.fixture
def embedder() -> Iterator[Build]:
    """Builds embedders that are closed at the end."""
    built: list[OpenAIEmbedder] = []

    def build(fake: FakeOpenAI, time: FakeTime | None = None, **settings: Any) -> OpenAIEmbedder:
        built.append(OpenAIEmbedder("vectors", EndpointSettings(base_url=fake.base_url, **settings), (time or FakeTime()).clock))
        return built[-1]

    yield build
    for each in built:
        each.close()


def test_vectors_keep_the_order_of_the_texts_over_batches(embedder: Build) -> None:
    texts = [f"text number {number}" for number in range(BATCH_TEXTS + 9)]
    with FakeOpenAI(dimension=32) as fake:
        model = embedder(fake)
        together = model.embed(texts)
        alone = np.concatenate([model.embed([text]) for text in texts[:3]])
    assert together.shape == (len(texts), 32)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-6)
    assert np.array_equal(together[:3], alone)
    assert [len(received.body["input"]) for received in fake.received] == [BATCH_TEXTS, 9, 1, 1, 1]
    assert model.usage.calls == 5
    assert model.usage.prompt_tokens == 3 * (len(texts) + 3)


def test_blank_texts_are_zero_rows_and_are_not_sent(embedder: Build) -> None:
    with FakeOpenAI() as fake:
        rows = embedder(fake).embed(["", "a word", " \n"])
    assert [bool(row.any()) for row in rows] == [False, True, False]
    assert fake.received[0].body["input"] == ["a word"]


def test_the_fingerprint_names_model_and_dimension_before_the_first_text(embedder: Build) -> None:
    with FakeOpenAI(dimension=12) as fake:
        model = embedder(fake)
        assert model.fingerprint == "openai:vectors:12"
        assert model.embed([]).shape == (0, 12)
    assert len(fake.received) == 1


def test_transient_faults_are_tried_again_and_lasting_ones_reported(embedder: Build) -> None:
    time = FakeTime()
    with FakeOpenAI(script=["500", "429"]) as fake:
        assert embedder(fake, time).embed(["a"]).any()
        assert len(time.slept) == 2
        fake.script.extend(["503"] * 3)
        with pytest.raises(ModelUnavailable, match="answered 503"):
            embedder(fake, time, max_retries=2).embed(["a"])
    with pytest.raises(ModelUnavailable, match="Is the server running"):
        embedder(fake, time).embed(["a"])


def test_a_missing_key_names_its_variable(embedder: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOUSE_KEY", raising=False)
    with FakeOpenAI(api_key="wanted") as fake, pytest.raises(SettingsError, match="HOUSE_KEY, which is not set"):
        embedder(fake, api_key_env="HOUSE_KEY").embed(["a"])


def item(index: object, *numbers: object) -> dict[str, object]:
    return {"index": index, "embedding": list(numbers)}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        [item(0, 1.0)],
        [item(0, 1.0), item(0, 1.0)],
        [item(0, 1.0), item(1, 1.0), item(2, 1.0)],
        [item("0", 1.0), item("x", 1.0)],
        [item(0, 1.0, 2.0), item(1, 1.0)],
        [item(0, 1.0), item(1, "east")],
        [item(0, 1.0), item(1, None)],
        [item(0, 1.0), item(1, float("nan"))],
        [item(0, 1.0), item(1, 0.0)],
        [item(0), item(1)],
        [{"index": 0}, {"index": 1}],
    ],
)
def test_vectors_that_do_not_fit_are_refused(data: object) -> None:
    with pytest.raises(ReplyUnusable):
        parse_vectors({"data": data}, 2, "vectors")


def test_texts_are_embedded_where_another_loop_runs_and_nothing_is_left_running() -> None:
    async def inside(model: OpenAIEmbedder) -> bool:
        return bool(model.embed(["a word"]).any())

    before = set(threading.enumerate())
    with FakeOpenAI() as fake:
        server = set(threading.enumerate()) - before
        model = OpenAIEmbedder("vectors", EndpointSettings(base_url=fake.base_url))
        assert asyncio.run(inside(model))
        assert set(threading.enumerate()) - before - server
        del model
        assert not set(threading.enumerate()) - before - server


def test_a_process_that_closes_nothing_ends_quietly() -> None:
    with FakeOpenAI() as fake:
        program = (
            "from vilomem_core.backends.build import build_text_embedder\n"
            "from vilomem_core.settings.models import EndpointSettings\n"
            f"model = build_text_embedder('openai:vectors', EndpointSettings(base_url={fake.base_url!r}))\n"
            "print(model.embed(['a word']).shape)"
        )
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60, check=True
        )
    assert (done.stdout, done.stderr) == ("(1, 8)\n", "")
