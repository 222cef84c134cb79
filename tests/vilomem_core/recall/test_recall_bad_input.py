"""Cases that cannot be answered say why; odd ones are answered. With the embedders that need no weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import pytest

from tests.vilomem_core.recall.samples import candidate, memory
from vilomem_core.backends.descriptor import Descriptor
from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.errors import DataError
from vilomem_core.images import encode
from vilomem_core.recall.bank import Fingerprints
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.bundle import save
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.service import open_recaller, recall_case, recall_cases
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import AnswerType, Case, Image, Stream

TEXTS, PICTURES = LexicalEmbedder(), Descriptor()
RULES = ("Read the value axis of a bar chart before comparing bars.", "Count the marks between two numbers of a dial.")
QUESTION = "Read the value axis of the bar chart: which bar is taller?"


def drawn(*bars: int) -> Image:
    picture = PIL.Image.new("RGB", (120, 90), "white")
    for place, height in enumerate(bars):
        PIL.ImageDraw.Draw(picture).rectangle((20 * place + 5, 90 - height, 20 * place + 15, 90), fill="blue")
    return encode(picture)


@pytest.fixture(scope="module")
def recaller(tmp_path_factory: pytest.TempPathFactory) -> Recaller:
    pairs = []
    for number, (rule, picture) in enumerate(zip(RULES, (drawn(40, 60), drawn(5, 5, 80)), strict=True)):
        vector = TEXTS.embed([rule])[0]
        source = replace(
            candidate(f"c{number}", (), stream=Stream.VISUAL, images=()),
            guideline=rule,
            guideline_vector=vector,
            question_vector=TEXTS.embed([""])[0],
            concept_vector=TEXTS.embed([""])[0],
            image_vectors=PICTURES.embed([picture]),
        )
        pairs.append(
            (replace(memory(f"m{number}", (), rule=rule, stream=Stream.VISUAL, members=(source,)), rule_vector=vector), source)
        )
    bank = build_bank(
        [one for one, _ in pairs], [one for _, one in pairs], "snap", Fingerprints(TEXTS.fingerprint, PICTURES.fingerprint)
    )
    folder: Path = tmp_path_factory.mktemp("bundle") / "snap"
    save(bank, folder)
    return open_recaller(folder, RecallSettings(top_k=1))


def case(name: str, *images: Image, question: str = QUESTION) -> Case:
    return Case(name, question, "1", AnswerType.NUMBER, images=images)


@pytest.mark.parametrize("data", [b"damaged", b"", drawn(30).data[:80]], ids=["text", "nothing", "cut off"])
def test_a_corrupt_picture_is_an_error_that_names_its_case(recaller: Recaller, data: bytes) -> None:
    broken = case("case-7", drawn(10), replace(drawn(30), data=data))

    with pytest.raises(DataError, match=r"image 2 of 2 of case 'case-7' cannot be used: .*vilomem check"):
        recall_cases(recaller, [case("case-6", drawn(10)), broken], TEXTS, PICTURES)


def test_an_empty_question_among_many_is_an_error_that_names_its_case(recaller: Recaller) -> None:
    with pytest.raises(DataError, match=r"case 'case-2': the question is empty"):
        recall_cases(recaller, [case("case-1"), case("case-2", question=" \n\t")], TEXTS, PICTURES)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (2000, 1)])
def test_pictures_of_one_pixel_are_pictures(recaller: Recaller, size: tuple[int, int]) -> None:
    (hit,) = recall_case(recaller, case("small", encode(PIL.Image.new("RGB", size, "red"))), TEXTS, PICTURES)

    assert hit.memory_id == "m0"


def test_of_a_hundred_pictures_the_nearest_counts(recaller: Recaller) -> None:
    images = (*(encode(PIL.Image.new("RGB", (30 + number, 40), "green")) for number in range(99)), drawn(40, 60))

    (hit,) = recall_case(recaller, case("many", *images), TEXTS, PICTURES)

    assert hit.memory_id == "m0"
    assert dict(hit.scores)["image"] == pytest.approx(1.0, abs=1e-4)


def test_an_endless_question_and_one_of_signs_only_are_answered(recaller: Recaller) -> None:
    assert [hit.memory_id for hit in recall_case(recaller, case("long", question=QUESTION * 5000), TEXTS)] == ["m0"]
    assert recall_case(recaller, case("signs", question="?!… \ud800"), TEXTS) == ()


def test_no_cases_are_no_answers(recaller: Recaller) -> None:
    assert recall_cases(recaller, [], TEXTS, PICTURES) == []
