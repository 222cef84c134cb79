"""The visual stream: image similarity first, then the text filter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.vilomem_core.recall.samples import ask, bank_of, memory, picture, visual
from vilomem_core.errors import StoreError
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.types import RecallHit, Stream

ONE = RecallSettings(stage_one_k=1)


def names(hits: tuple[RecallHit, ...]) -> list[str]:
    return [hit.memory_id for hit in hits]


def test_texts_choose_only_among_the_memories_with_the_nearest_images() -> None:
    bank = bank_of(visual("bars", (0,), picture(0)), visual("pies", (0, 1), picture(1)))

    assert names(Recaller(bank, ONE).recall(ask(0, images=(picture(1),)))) == ["pies"]
    assert names(Recaller(bank, ONE).recall(ask(0, images=(picture(0),)))) == ["bars"]


def test_a_near_image_does_not_help_a_rule_about_something_else() -> None:
    bank = bank_of(visual("bars", (0,), picture(0)))

    assert Recaller(bank, ONE).recall(ask(7, images=(picture(0),))) == ()


def test_the_best_pair_of_all_images_counts() -> None:
    bank = bank_of(visual("a", (0,), picture(0), picture(1)), visual("b", (0, 1), picture(2), picture(3)))

    (hit,) = Recaller(bank, ONE).recall(ask(0, images=(picture(5), picture(3))))

    assert hit.memory_id == "b"
    assert dict(hit.scores)["image"] == pytest.approx(1.0)
    assert hit.path.startswith("image 1.00, lineage ")


def test_without_images_the_visual_stream_goes_by_text() -> None:
    bank = bank_of(visual("bars", (0,), picture(0)), visual("pies", (1,), picture(1)))

    assert names(Recaller(bank, ONE).recall(ask(1))) == ["pies"]
    assert names(Recaller(bank, replace(ONE, stage_one_k=0)).recall(ask(1, images=(picture(0),)))) == ["pies"]


def test_a_visual_memory_without_example_images_is_found_by_text() -> None:
    bank = bank_of(visual("bars", (0,), picture(0)), memory("dials", (1,), stream=Stream.VISUAL))

    assert names(Recaller(bank, ONE).recall(ask(1, images=(picture(0),)))) == ["dials"]


def test_logic_memories_are_not_chosen_by_image() -> None:
    bank = bank_of(memory("angles", (0,)), visual("bars", (1,), picture(0)))

    assert names(Recaller(bank, ONE).recall(ask(0, images=(picture(0),)))) == ["angles"]


def test_self_exclusion_lets_the_next_image_in() -> None:
    bank = bank_of(visual("own", (0,), picture(0)), visual("other", (0, 1), picture(0, 1)))

    assert names(Recaller(bank, ONE).recall(ask(0, images=(picture(0),), case_key="case_c_own"))) == ["other"]


def test_a_case_of_100_images_is_answered() -> None:
    bank = bank_of(visual("bars", (0,), picture(0)), visual("pies", (0, 1), picture(1)))
    images = (*(picture(5),) * 99, picture(1))

    assert names(Recaller(bank, ONE).recall(ask(0, images=images))) == ["pies"]


def test_image_vectors_of_another_length_say_what_to_do() -> None:
    recaller = Recaller(bank_of(visual("bars", (0,), picture(0))), ONE)

    with pytest.raises(StoreError, match=r"image vectors have the shape \(1, 4\).*reembed"):
        recaller.recall(replace(ask(0), image_vectors=np.ones((1, 4), np.float32)))
