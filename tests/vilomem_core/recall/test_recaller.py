"""Which memories a case gets, and which it does not; in the visual stream images come first, then the text filter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.vilomem_core.recall.samples import along, ask, bank_of, candidate, memory, picture, visual
from vilomem_core.errors import DataError, StoreError
from vilomem_core.ids import question_key
from vilomem_core.recall.recaller import Recaller
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import Analysis, MemoryState, RecallHit, Stream

DEFAULT = RecallSettings()
ONE = RecallSettings(stage_one_k=1)


def names(hits: tuple[RecallHit, ...]) -> list[str]:
    return [hit.memory_id for hit in hits]


def test_the_memory_about_the_question_is_recalled_and_others_are_not() -> None:
    recaller = Recaller(bank_of(memory("angles", (0,)), memory("charts", (1,)), memory("maps", (2,))), DEFAULT)

    assert names(recaller.recall(ask(1))) == ["charts"]


def test_a_case_like_no_memory_gets_nothing() -> None:
    assert Recaller(bank_of(memory("angles", (0,)), memory("charts", (1,))), DEFAULT).recall(ask(7)) == ()


def test_an_empty_bank_recalls_nothing() -> None:
    assert Recaller(bank_of(), DEFAULT).recall(ask(0)) == ()


def test_a_rule_is_found_through_the_question_that_taught_it() -> None:
    source = candidate("c", (0,), guideline="Add all resistances.", question="Three bulbs glow.", question_axes=(5,))
    found = Recaller(bank_of((memory("series", (0,), members=(source,)), (source,)), memory("maps", (2,))), DEFAULT).recall(ask(5))

    assert names(found) == ["series"]
    assert dict(found[0].scores)["question"] == pytest.approx(1.0)
    assert "closest question 1.00" in found[0].path


def test_words_in_common_order_memories_whose_vectors_are_alike() -> None:
    bank = bank_of(memory("a", (0,), rule="Count the gaps, not the posts."), memory("b", (0,), rule="Square the ratio of lengths."))
    recaller = Recaller(bank, replace(DEFAULT, duplicate_distance=0.0))

    assert names(recaller.recall(ask(0, question="How many posts stand in a row with ten gaps?"))) == ["a", "b"]
    assert names(recaller.recall(ask(0, question="By what ratio do squared lengths grow?"))) == ["b", "a"]


def test_the_analysis_finds_what_the_question_alone_does_not_say() -> None:
    bank = bank_of(memory("similar", (3,)), memory("maps", (2,)))
    query = ask(8, question="How much gold leaf does the copy take?", analysis=Analysis("Geometry", ("similar figures",)))
    told = replace(query, text_vectors=np.stack([along(8), along(8, 3), along(3)]))

    assert Recaller(bank, DEFAULT).recall(query) == ()
    assert names(Recaller(bank, DEFAULT).recall(told)) == ["similar"]


def test_visual_hits_come_first_and_each_stream_has_its_own_number() -> None:
    bank = bank_of(
        *(memory(f"l{n}", (0, n), stream=Stream.LOGIC) for n in range(1, 5)),
        *(memory(f"v{n}", (0, n), stream=Stream.VISUAL) for n in range(1, 5)),
    )

    found = Recaller(bank, replace(DEFAULT, top_k=2)).recall(ask(0))

    assert [hit.stream for hit in found] == [Stream.VISUAL, Stream.VISUAL, Stream.LOGIC, Stream.LOGIC]
    only_logic = Recaller(bank, replace(DEFAULT, streams=("logic",))).recall(ask(0))
    assert {hit.stream for hit in only_logic} == {Stream.LOGIC}


def test_rules_that_say_the_same_are_told_once() -> None:
    bank = bank_of(memory("a", (0,)), memory("b", (0,)), memory("c", (0, 1)))

    assert names(Recaller(bank, DEFAULT).recall(ask(0))) == ["a", "c"]


def test_a_case_does_not_get_what_it_has_taught_itself() -> None:
    asked = "Which bar is taller?"
    source = candidate("c", (0,), guideline="Read the axis.", question=asked, case_key="case_1", image_sha256=("ff",))
    bank = bank_of((memory("axis", (0,), members=(source,)), (source,)), memory("bars", (0, 1)))
    recaller = Recaller(bank, DEFAULT)

    assert names(recaller.recall(ask(0, question=asked))) == ["axis", "bars"]
    assert names(recaller.recall(ask(0, question=asked, case_key="case_1"))) == ["bars"]
    same_elsewhere = ask(0, question=asked, case_key="case_2", question_key=question_key("which bar is  taller?", ["ff"]))
    assert names(recaller.recall(same_elsewhere)) == ["bars"]


@pytest.mark.parametrize("state", [MemoryState.RETIRED, MemoryState.MERGED])
def test_only_active_memories_are_recalled(state: MemoryState) -> None:
    assert Recaller(bank_of(memory("old", (0,), state=state)), DEFAULT).recall(ask(0)) == ()


def test_a_subject_filter_keeps_other_subjects_out() -> None:
    bank = bank_of(memory("a", (0,), subject="Physics"), memory("b", (0, 1), subject="plane  geometry"))

    assert names(Recaller(bank, replace(DEFAULT, subject="Plane Geometry")).recall(ask(0))) == ["b"]
    assert Recaller(bank, replace(DEFAULT, subject="History")).recall(ask(0)) == ()


def test_a_set_threshold_replaces_the_calibrated_one() -> None:
    bank = bank_of(memory("a", (0, 1, 2)))

    assert names(Recaller(bank, DEFAULT).recall(ask(0))) == ["a"]
    assert Recaller(bank, replace(DEFAULT, logic_threshold=0.9)).recall(ask(0)) == ()


def test_a_runner_up_comes_only_beside_one_that_reaches_the_threshold_and_takes_no_ones_place() -> None:
    near, nearer, far = memory("near", (0, 1, 2, 3)), memory("nearer", (0, 1)), memory("far", (0, 1, 2, 3, 4, 5))
    settings = replace(DEFAULT, logic_threshold=0.4, runner_up_margin=0.08)

    both = Recaller(bank_of(near, nearer, far), settings).recall(ask(0))
    assert names(both) == ["nearer", "near"]
    assert [hit.path.endswith("as runner-up") for hit in both] == [False, True]
    assert dict(both[1].scores)["threshold"] == pytest.approx(0.32)
    assert Recaller(bank_of(near, far), settings).recall(ask(0)) == ()
    assert names(Recaller(bank_of(near, nearer), replace(settings, top_k=1)).recall(ask(0))) == ["nearer"]
    assert names(Recaller(bank_of(near, nearer), replace(settings, runner_up_margin=0.0)).recall(ask(0))) == ["nearer"]


def test_a_hit_says_how_it_was_found() -> None:
    source = candidate("c", (0,), guideline="Look twice.", question="What?", concepts=("bars",))
    bank = bank_of((memory("a", (0,), members=(source,)), (source,)))

    (hit,) = Recaller(bank, DEFAULT).recall(ask(0, analysis=Analysis("Charts", ("bars",))))

    scores = dict(hit.scores)
    assert set(scores) == {"lineage", "rule", "member", "question", "concepts", "words", "evidence", "threshold"}
    assert scores["evidence"] >= scores["threshold"]
    assert hit.rule == "Rule a."
    assert hit.path.startswith("lineage 1.00, closest rule 1.00, words ")


def test_each_text_of_a_memory_is_compared_with_what_it_is_like() -> None:
    """A rule with all that is asked, a question with the question, concepts with the analysis."""
    source = candidate("s", (0,), question="Which?", question_axes=(1,), concepts=("bars",))
    bank = bank_of((memory("m", (2,), members=(source,)), (source,)))
    analysis = Analysis("Geometry", ("bars",))
    question, both, concepts = along(1, 3), along(2, 3), along(0, 3)
    query = replace(ask(3, analysis=analysis), text_vectors=np.stack([question, both, concepts]))
    (hit,) = Recaller(bank, RecallSettings(logic_threshold=-1.0)).recall(query)
    scores = dict(hit.scores)

    assert scores["question"] == pytest.approx(float(along(1) @ question), abs=1e-3)
    assert scores["concepts"] == pytest.approx(float(along(0) @ concepts), abs=1e-3)
    assert scores["rule"] == pytest.approx(float(along(2) @ (question / 4 + both / 4 + concepts / 2)), abs=1e-3)


def test_a_batch_gives_what_single_calls_give() -> None:
    recaller = Recaller(bank_of(*(memory(f"m{n}", (n, 11)) for n in range(8))), DEFAULT)
    queries = [ask(n) for n in range(8)]

    assert recaller.recall_batch(queries) == [recaller.recall(query) for query in queries]


def test_an_empty_question_is_an_error() -> None:
    with pytest.raises(DataError, match="question is empty"):
        Recaller(bank_of(memory("a", (0,))), DEFAULT).recall(replace(ask(0), question=" \n"))


def test_vectors_of_another_length_say_what_to_do() -> None:
    recaller = Recaller(bank_of(memory("a", (0,))), DEFAULT)

    with pytest.raises(StoreError, match=r"text vectors have the shape \(1, 5\).*reembed"):
        recaller.recall(replace(ask(0), text_vectors=np.ones((1, 5), np.float32)))


def test_a_query_without_the_vectors_of_its_analysis_is_an_error() -> None:
    query = ask(0, analysis=Analysis("Geometry", ("angles",)))

    with pytest.raises(DataError, match="vectors of all its texts"):
        Recaller(bank_of(memory("a", (0,))), DEFAULT).recall(replace(query, text_vectors=query.text_vectors[:2]))


def test_vectors_that_are_not_numbers_are_an_error() -> None:
    recaller = Recaller(bank_of(memory("a", (0,))), DEFAULT)

    with pytest.raises(DataError, match="not numbers"):
        recaller.recall(replace(ask(0), text_vectors=np.full((1, 12), np.nan, np.float32)))


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
