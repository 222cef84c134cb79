from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from storage.commit import commit
from storage.reembed import reembed
from storage.snapshots import open_bank, publish
from storage.staging import stage
from storage.store import Store
from tests.storage.samples import attempt, candidate, case, memory, outcome, vector
from vilomem_core.errors import StoreError
from vilomem_core.types import F32, Image


class NewTexts:
    """An embedder of another length whose vectors can be told again."""

    fingerprint = "text-b"
    dimension = 12

    def embed(self, texts: Sequence[str]) -> F32:
        return np.stack([vector("b", text, dim=self.dimension) for text in texts])


class NewImages:
    fingerprint = "image-b"
    dimension = 6

    def embed(self, images: Sequence[Image]) -> F32:
        return np.stack([vector("b", image.sha256, dim=self.dimension) for image in images])


def test_a_new_store_has_all_the_old_one_had_with_other_vectors(store: Store, tmp_path: Path) -> None:
    store.add_cases([case(number) for number in range(1, 5)])
    stage(store.staging_folder("run"), "a", [outcome(number) for number in range(1, 5)])
    commit(store, store.staging_folder("run"))
    store.write_consolidation([memory(1, (candidate(1), candidate(2)))], [], [])
    publish(store)
    reembed(store, tmp_path / "new", NewTexts(), NewImages())
    with Store.open_or_create(tmp_path / "new", "text-b", 12, "image-b", 6) as new:
        assert new.attempts([attempt(1).id]) == [attempt(1)]
        assert new.tables["lineage"].count() == 2
        [found] = new.candidates([candidate(3).id])
        assert np.array_equal(found.guideline_vector, vector("b", candidate(3).guideline, dim=12))
        assert np.array_equal(found.image_vectors, [vector("b", candidate(3).image_sha256[0], dim=6)])
        assert np.array_equal(new.memories()[0].rule_vector, vector("b", "Rule 1.", dim=12))
        assert new.snapshots() == []
        assert list(open_bank(new, publish(new).id).rules) == ["Rule 1."]
    assert len(store.snapshots()) == 1


def test_a_picture_that_is_lost_stops_it_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    stage(store.staging_folder("run"), "a", [outcome(1)])
    commit(store, store.staging_folder("run"))
    with pytest.raises(StoreError, match="is not in the store"):
        reembed(store, tmp_path / "new", NewTexts(), NewImages())
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    with pytest.raises(StoreError, match="is there already"):
        reembed(store, tmp_path / "store", NewTexts(), NewImages())
