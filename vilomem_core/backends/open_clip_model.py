"""Loading a model of open_clip, for vectors of pictures and for patches."""

from __future__ import annotations

import difflib
import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from vilomem_core.errors import SettingsError
from vilomem_core.images import decode
from vilomem_core.types import Image

INSTALL_HINT = "Install it with: pip install 'vilomem[clip]'"
# what open_clip and torch raise for files that are no weights, or weights of another model
MISFITS = (RuntimeError, OSError, KeyError, ValueError, AssertionError, pickle.UnpicklingError)
SAMPLED = 256  # values of each tensor that go into the fingerprint: enough to tell any two trainings apart


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
        """torch f32[len(images), 3, height, width]: whole pictures, squeezed; the usual centre crop would cut wide figures."""
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
