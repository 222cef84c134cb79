"""The vectors of one case: recall and the candidates need the same ones, and each is made once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vilomem_core.learning.cast import Senses
from vilomem_core.recall.query import Question, RecallQuery, embed_queries
from vilomem_core.types import F32, Analysis, Case


class CaseVectors:
    """Embeds the texts and images of one case when they are first asked for. For one thread at a time."""

    def __init__(self, case: Case, senses: Senses) -> None:
        self._case = case
        self._senses = senses
        self._texts: dict[str, F32] = {}
        self._images: F32 | None = None

    def texts(self, texts: Sequence[str]) -> F32:
        """f32[len(texts), text_dim]; those that are new are embedded together."""
        new = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if new:
            self._texts.update(zip(new, self._senses.text.embed(new), strict=True))
        return np.stack([self._texts[text] for text in texts])

    @property
    def has_images(self) -> bool:
        """Whether ``images`` gives what is there already."""
        return self._images is not None

    def images(self) -> F32:
        """f32[n_images, image_dim] of the case's images."""
        if self._images is None:
            if self._case.images:
                self._images = self._senses.image.embed(self._case.images)
            else:
                self._images = np.zeros((0, self._senses.image.dimension), dtype=np.float32)
        return self._images

    def query(self, analysis: Analysis | None) -> RecallQuery:
        """What recall is asked about the case. Raises ``DataError`` for an empty question."""
        (query,) = embed_queries([Question.of_case(self._case, analysis)], self.texts, lambda _: self.images())
        return query
