"""Models of open_clip: image vectors, and where a picture resembles a text.

Vectors are those of CLIP (Radford et al. 2021, arXiv 2103.00020). For attention the patches of a vision transformer are compared
with the query, relative to a neutral text. The last block mixes patches to form one picture vector; its value path alone
keeps each patch in its place and in the space of the texts (MaskCLIP, Zhou et al. 2022, arXiv 2112.01071; without residual as in
ClearCLIP, Lan et al. 2024, arXiv 2407.12442).
"""

from __future__ import annotations

import difflib
import hashlib
import pickle
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from vilomem_core.errors import SettingsError
from vilomem_core.heatmaps.relevance import to_relevance
from vilomem_core.images import decode
from vilomem_core.types import F32, Image

INSTALL_HINT = "Install it with: pip install 'vilomem[clip]'"
# what open_clip and torch raise for files that are no weights, or weights of another model
MISFITS = (RuntimeError, OSError, KeyError, ValueError, AssertionError, pickle.UnpicklingError)
SAMPLED = 256  # values of each tensor that go into the fingerprint: enough to tell any two trainings apart
BATCH_IMAGES = 32
NEUTRAL_TEXT = "a picture"


@dataclass(frozen=True, slots=True)
class OpenClip:
    """A model ready to use. ``model``, ``tokenizer`` and ``torch`` are open_clip's and torch's own objects."""

    name: str
    model: Any
    tokenizer: Any
    torch: Any
    device: str
    side: tuple[int, int]  # height and width in pixels
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    weights_digest: str

    @property
    def fingerprint(self) -> str:
        """Names the model and its very weights, wherever they came from."""
        return f"open_clip:{self.name}@{self.weights_digest}"

    def pixels(self, images: Sequence[Image]) -> Any:
        """torch f32[len(images), 3, height, width]: whole pictures, whatever their shape; the usual centre crop would cut wide figures."""
        height, width = self.side
        stack = np.empty((len(images), height, width, 3), np.float32)
        for plane, image in zip(stack, images, strict=True):
            plane[:] = np.asarray(decode(image).resize((width, height), PIL.Image.Resampling.BICUBIC, reducing_gap=2.0))
        stack /= 255
        stack -= np.array(self.mean, np.float32)
        stack /= np.array(self.deviation, np.float32)
        return self.torch.from_numpy(np.ascontiguousarray(stack.transpose(0, 3, 1, 2))).to(self.device)


def load_open_clip(spec: str) -> OpenClip:
    """``MODEL@PRETRAINED`` (a tag of open_clip, downloaded once) or ``MODEL@CHECKPOINT`` (a local file).

    Raises ``SettingsError`` for a missing library, an unknown model and weights that are missing or do not fit.
    """
    try:
        import open_clip
        import torch
    except (ImportError, RuntimeError) as exc:  # torchvision raises RuntimeError beside a torch that it was not built for
        raise SettingsError(f"open_clip cannot be imported ({exc}).", INSTALL_HINT) from exc
    name, _, weights = spec.partition("@")
    _check_name(open_clip, name, weights)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        model = open_clip.create_model(name, pretrained=weights, device=device)
    except MISFITS as exc:
        raise SettingsError(f"open_clip could not load {name} with the weights {weights!r}: {_first_line(exc)}") from exc
    model.eval()
    about = open_clip.get_model_preprocess_cfg(model)
    side = about["size"] if isinstance(about["size"], tuple | list) else (about["size"], about["size"])
    return OpenClip(
        name=name,
        model=model,
        tokenizer=open_clip.get_tokenizer(name),
        torch=torch,
        device=device,
        side=(int(side[0]), int(side[1])),
        mean=tuple(about["mean"]),
        deviation=tuple(about["std"]),
        weights_digest=_digest(model),
    )


def _check_name(open_clip: Any, name: str, weights: str) -> None:
    known = open_clip.list_models()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        raise SettingsError(f"open_clip knows no model {name!r}.", f"Did you mean {near[0]!r}?" if near else "")
    tags = open_clip.list_pretrained_tags_by_model(name)
    if weights not in tags and not Path(weights).is_file():
        wanted = "names no weights" if not weights else f"names weights that are neither a file nor a tag: {weights!r}"
        raise SettingsError(f"open_clip:{name} {wanted}.", f"Give a checkpoint's path or one of: {', '.join(tags)}.")


def _digest(model: Any) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.flatten()[:SAMPLED].float().cpu().numpy().tobytes())
    return digest.hexdigest()


def _first_line(exc: BaseException) -> str:
    return str(exc).strip().split("\n", maxsplit=1)[0]


class OpenClipEmbedder:
    """``ImageEmbedder`` for ``MODEL@PRETRAINED`` or ``MODEL@CHECKPOINT``. Raises ``SettingsError`` as ``load_open_clip`` does."""

    def __init__(self, spec: str) -> None:
        self._clip = load_open_clip(spec)
        self.fingerprint = self._clip.fingerprint
        with self._clip.torch.inference_mode():
            height, width = self._clip.side
            blank = self._clip.torch.zeros(1, 3, height, width, device=self._clip.device)
            self.dimension = int(self._clip.model.encode_image(blank).shape[1])

    def embed(self, images: Sequence[Image]) -> F32:
        """f32[len(images), dimension], rows of unit length."""
        vectors = np.zeros((len(images), self.dimension), np.float32)
        for start in range(0, len(images), BATCH_IMAGES):
            with self._clip.torch.inference_mode():
                batch = self._clip.model.encode_image(self._clip.pixels(images[start : start + BATCH_IMAGES]), normalize=True)
            vectors[start : start + len(batch)] = batch.float().cpu().numpy()
        return vectors


class _LastBlockReached(Exception):
    """Carries the input of the last block: nothing behind it is computed."""

    def __init__(self, tokens: Any) -> None:
        super().__init__(tokens)
        self.tokens = tokens


class ClipPatches:
    """``AttentionModel`` for ``MODEL@PRETRAINED`` or ``MODEL@CHECKPOINT``; may be used from several threads.

    Plain vision transformers only: raises ``SettingsError`` for a model of another architecture, and as ``load_open_clip`` does.
    """

    def __init__(self, spec: str) -> None:
        self._clip = load_open_clip(spec)
        blocks = getattr(getattr(self._clip.model.visual, "transformer", None), "resblocks", None)
        if blocks is None or not isinstance(blocks[-1].attn, self._clip.torch.nn.MultiheadAttention):
            raise SettingsError(f"open_clip:{self._clip.name} has no patches to read.", "Take a ViT, such as ViT-B-32 or ViT-L-14.")
        self._last = blocks[-1]
        self._one_at_a_time = threading.Lock()  # a hook of one call must not stop another
        self.fingerprint = f"{self._clip.fingerprint} patches/1"

    def relevance(self, images: Sequence[Image], query: str) -> tuple[F32, ...]:
        """One map an image, f32[grid_h, grid_w] of the model's patches, sums to 1. Each line of ``query`` is a text of its own."""
        torch = self._clip.torch
        with self._one_at_a_time, torch.inference_mode():
            direction = self._direction([line for line in query.split("\n") if line.strip()])
            return tuple(self._map(image, direction) for image in images)

    def _direction(self, lines: Sequence[str]) -> Any:
        """torch[dim]: from the neutral text to the mean of the lines. Texts are cut at the model's context length."""
        clip = self._clip
        texts = clip.model.encode_text(clip.tokenizer([NEUTRAL_TEXT, *lines]).to(clip.device), normalize=True)
        return texts[1:].mean(0) - texts[0]

    def _map(self, image: Image, direction: Any) -> F32:
        clip = self._clip
        patches = self.patch_vectors(image)
        scores = (patches @ direction * clip.model.logit_scale.exp()).float()
        # the softmax of CLIP's own training, over places instead of texts
        cells = clip.torch.softmax(scores.flatten(), 0).reshape(scores.shape)
        return to_relevance(cells.cpu().numpy())

    def patch_vectors(self, image: Image) -> Any:
        """torch[grid_h, grid_w, dim], rows of unit length in the space of the texts."""
        clip, visual, torch = self._clip, self._clip.model.visual, self._clip.torch
        hook = self._last.register_forward_pre_hook(_stop)
        try:
            visual(clip.pixels([image]))
        except _LastBlockReached as reached:
            tokens = reached.tokens
        finally:
            hook.remove()
        attention = self._last.attn
        width = attention.embed_dim
        value = torch.nn.functional.linear(
            self._last.ln_1(tokens), attention.in_proj_weight[2 * width :], attention.in_proj_bias[2 * width :]
        )
        mixed = visual.ln_post(attention.out_proj(value))
        rows, columns = visual.grid_size
        # prefix tokens (the class token) stand before the patches
        patches = mixed.reshape(-1, width)[-rows * columns :]
        if visual.proj is not None:
            patches = patches @ visual.proj
        return torch.nn.functional.normalize(patches, dim=-1).reshape(rows, columns, -1)


def _stop(_module: Any, inputs: tuple[Any, ...]) -> None:
    raise _LastBlockReached(inputs[0])
