"""Image vectors of a CLIP model (Radford et al. 2021, arXiv 2103.00020) through open_clip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vilomem_core.backends.open_clip_model import load_open_clip
from vilomem_core.types import F32, Image

BATCH_IMAGES = 32


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
