"""One real case through every stage, each hand-over asserted: read, analyse, recall, solve, verify, reflect, gate, embed."""

import asyncio
import json
import threading
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from tests.vilomem_core.learning.plans import plan_with
from vilomem_core.backends.chat.recorded import RecordedChat
from vilomem_core.backends.descriptor import Descriptor
from vilomem_core.backends.lexical import LexicalEmbedder
from vilomem_core.ids import case_key, question_key
from vilomem_core.learning.loop import CaseLoop
from vilomem_core.learning.plan import CaseWork, Embedders, RoleModels
from vilomem_core.learning.requests import request_digest, solve_request
from vilomem_core.protocols import ChatReply, ChatRequest, Sampling
from vilomem_core.readers import read_cases
from vilomem_core.recall.bank import Fingerprints
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.recaller import Recaller
from vilomem_core.settings.method import HeatmapSettings, RecallSettings
from vilomem_core.types import Image, Memory, Role, Stream, VerdictStatus

CASE = "mathvision-2415"  # a cube net: qwen-vl-max answers E, gold is another; the critic blames what was seen


class Listening:
    """A real back end that also remembers what it was asked."""

    def __init__(self, model):
        self._model = model
        self.requests: list[ChatRequest] = []

    @property
    def name(self) -> str:
        return self._model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.requests.append(request)
        return await self._model.complete(request)

    async def aclose(self) -> None:
        await self._model.aclose()


class Planted:
    """An attention map that is hottest in its first cell."""

    fingerprint = "planted"

    def relevance(self, images, query):
        heat = np.full((4, 4), 1 / 32, dtype=np.float32)
        heat[0, 0] += 0.5
        return tuple(heat for _ in images)


@pytest.fixture(scope="module")
def case(shared_data):
    rows = read_cases(str(shared_data / "cases" / "mathvision"))
    return next(row for row in rows if row.id == CASE)


@pytest.fixture
def models(shared_data):
    path = shared_data / "recorded" / "mathvision.jsonl"
    critic = Listening(RecordedChat(path, "critic"))
    return RoleModels(Listening(RecordedChat(path, "qwen-vl-max")), critic, critic, critic)


EMBEDDERS = Embedders(LexicalEmbedder(), Descriptor(), Planted())


def _plan(snapshot="", heatmap="none"):
    recall = RecallSettings(visual_threshold=0.0, logic_threshold=0.0)
    return plan_with(snapshot_id=snapshot, recall=recall, heatmap=HeatmapSettings(mode=heatmap))


def _advance(plan, models, case, recaller=None):
    with closing(CaseLoop(plan, models, EMBEDDERS, recaller)) as loop:
        return asyncio.run(loop.advance(CaseWork(case)))


def _bank(candidates):
    memories = [
        Memory(
            id=f"mem_{candidate.stream}",
            stream=candidate.stream,
            rule=candidate.guideline,
            subject=candidate.subject,
            key_concepts=candidate.key_concepts,
            member_ids=(candidate.id,),
            rule_origin="member",
            rule_vector=candidate.guideline_vector,
        )
        for candidate in candidates
    ]
    fingerprints = Fingerprints(EMBEDDERS.text.fingerprint, EMBEDDERS.image.fingerprint)
    return build_bank(memories, candidates, "snap_test", fingerprints)


def test_a_wrong_answer_becomes_a_visual_candidate_with_its_provenance(case, models):
    outcome = _advance(_plan(), models, case)

    attempt = outcome.attempt
    assert attempt is not None and attempt.case_key == case_key(case) and not outcome.failures
    assert attempt.prompt_digest == request_digest(solve_request(case, "", (), Sampling()))
    assert (attempt.verdict.status, attempt.verdict.extracted) == (VerdictStatus.INCORRECT, "E")
    assert attempt.analysis is not None and attempt.analysis.subject == "Spatial geometry"
    assert {(reflection.stream, reflection.is_error) for reflection in outcome.reflections} == {
        (Stream.VISUAL, True),
        (Stream.LOGIC, False),
    }

    (candidate,) = outcome.candidates
    assert candidate.stream is Stream.VISUAL and candidate.accepted and candidate.attempt_id == attempt.id
    assert candidate.guideline.startswith("Distance in a flat net")
    assert candidate.image_sha256 == tuple(image.sha256 for image in case.images)
    assert candidate.key_concepts == attempt.analysis.key_concepts
    np.testing.assert_allclose(candidate.guideline_vector, EMBEDDERS.text.embed([candidate.guideline])[0], atol=1e-6)
    np.testing.assert_allclose(candidate.image_vectors, EMBEDDERS.image.embed(case.images), atol=1e-6)


def test_critics_see_what_they_must_and_no_more(case, models):
    _advance(_plan(), models, case)
    asked = {request.role: request for request in models.visual_critic.requests}
    images = {role: [part for part in request.messages[-1].parts if isinstance(part, Image)] for role, request in asked.items()}
    assert images[Role.VISUAL_CRITIC] == list(case.images) and images[Role.LOGIC_CRITIC] == []
    for role in (Role.VISUAL_CRITIC, Role.LOGIC_CRITIC):
        text = asked[role].messages[-1].parts[-1]
        assert "\\boxed{E}" in text and f"({case.answer_letter}) {case.answer}" in text and asked[role].json_schema is not None


def test_recalled_memories_and_the_heatmap_reach_the_solver(case, models):
    other = replace(case, id="another", question=case.question + " Think of the net.")
    taught = _advance(_plan(), models, case).candidates
    recaller = Recaller(_bank(taught), _plan().recall)
    solver = Listening(Echo())
    outcome = _advance(_plan("snap_test", "overlay"), replace(models, solver=solver, analyst=Echo()), other, recaller)

    (request,) = solver.requests
    parts = request.messages[-1].parts
    images = [part for part in parts if isinstance(part, Image)]
    text = "\n".join(part for part in parts if isinstance(part, str))
    assert outcome.attempt is not None and [hit.memory_id for hit in outcome.attempt.hits] == ["mem_visual"]
    assert taught[0].guideline in text
    assert images[: len(case.images)] == list(case.images) and len(images) == 2 * len(case.images)
    assert images[-1].sha256 != case.images[-1].sha256 and "The last 1 of the images" in text
    assert outcome.attempt.heatmap == "overlay" and outcome.attempt.snapshot_id == "snap_test"


def test_the_picture_is_looked_at_while_the_analyst_answers(case, models, make_loop):
    seen = threading.Event()

    class Looking(Descriptor):
        def embed(self, images):
            seen.set()
            return super().embed(images)

    class Patient(Echo):
        async def complete(self, request):
            assert await asyncio.to_thread(seen.wait, 60), "the analyst's time was not used"
            return await super().complete(request)

    taught = _advance(_plan(), models, case).candidates
    recaller = Recaller(_bank(taught), _plan().recall)
    embedders = replace(EMBEDDERS, image=Looking())
    loop = make_loop(_plan("snap_test"), replace(models, solver=Echo(), analyst=Patient()), embedders, recaller)
    outcome = asyncio.run(loop.advance(CaseWork(replace(case, id="another", question=case.question + " Think."))))
    assert outcome.attempt is not None and [hit.memory_id for hit in outcome.attempt.hits] == ["mem_visual"]


def test_a_memory_is_never_recalled_for_the_case_that_taught_it(case, models):
    taught = _advance(_plan(), models, case).candidates
    renamed = replace(case, id="same-question-other-id")
    for known in (case, renamed):
        solver = Listening(Echo())
        recaller = Recaller(_bank(taught), _plan().recall)
        outcome = _advance(_plan("snap_test", "overlay"), replace(models, solver=solver, analyst=Echo()), known, recaller)
        assert outcome.attempt is not None and outcome.attempt.hits == ()
        assert solver.requests[0] == solve_request(known, "", (), Sampling()), "nothing recalled is the baseline request"
    hashes = [image.sha256 for image in case.images]
    assert question_key(case.question, hashes) == question_key(renamed.question, hashes)


def test_a_missing_critic_is_a_failure_and_not_a_finding(case, models, tmp_path):
    path = tmp_path / "half.jsonl"
    path.write_text(json.dumps({"case_id": CASE, "model": "m", "role": "reflect_logic", "text": "no json here"}), encoding="utf-8")
    half = RecordedChat(path, "m")
    outcome = _advance(_plan(), replace(models, visual_critic=half, logic_critic=half), case)
    assert outcome.attempt is not None and outcome.reflections == () and outcome.candidates == ()
    found = {(failure.stage, failure.error) for failure in outcome.failures}
    assert found == {("reflect_visual", "ReplyMissing"), ("reflect_logic", "ReplyUnusable")}


class Echo:
    """Answers every role with a fixed, well-formed reply."""

    name = "echo"

    async def complete(self, request):
        text = "Subject: Spatial geometry\nKey Concepts: cube net" if request.role is Role.ANALYST else "Final answer: \\boxed{D}"
        return ChatReply(text, self.name)

    async def aclose(self):
        pass
