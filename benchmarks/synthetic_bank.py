"""A memory bank of any size for benchmarks: some of it about what the drawn questions are about, the rest about other things."""

from __future__ import annotations

import numpy as np

from vilomem_core.learning.plan import Embedders
from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.build import build_bank
from vilomem_core.simulation.lessons import lessons
from vilomem_core.types import F32, Candidate, Memory, Stream

ON_TOPIC = 0.1  # share of the memories that are about what the cases are about


def bank_of(count: int, embedders: Embedders) -> MemoryBank:
    """So many memories, half of them visual with one picture each, each of one member.

    A tenth of them are about what the cases are about: wordings of the simulation's rules. The others are of topics of their own,
    40 memories each, with words by Zipf's law.
    """
    rng = np.random.default_rng(7)
    wordings = [(lesson, text) for lesson in lessons().values() for text in lesson.wordings]
    texts = embedders.text.embed([text for _, text in wordings])
    concepts = embedders.text.embed([f"{lesson.subjects[0]}: {', '.join(lesson.concepts)}" for lesson, _ in wordings])
    topics = rng.standard_normal((max(1, count // 40), texts.shape[1])).astype(np.float32) / np.float32(np.sqrt(texts.shape[1]))
    memories, candidates = [], []
    for i in range(count):
        place = int(rng.integers(len(wordings)))
        lesson, rule = wordings[place]
        middles = (texts[place], concepts[place], concepts[place])
        if rng.random() > ON_TOPIC:
            topic = int(rng.integers(len(topics)))
            middles = (topics[topic],) * 3
            rule = " ".join(f"word{min(int(n), 20_000)}" for n in rng.zipf(1.3, 28))
        rule_vector, question, concept = (unit_row(rng, middle) for middle in middles)
        stream = Stream.VISUAL if i % 2 else Stream.LOGIC
        images = unit_row(rng, np.zeros(embedders.image.dimension, np.float32))[None] if i % 2 else np.zeros((0, 1), np.float32)
        candidates.append(
            Candidate(
                id=f"cand_{i}",
                attempt_id=f"att_{i}",
                case_key=f"case_{i}",
                case_id=f"m{i}",
                stream=stream,
                guideline=rule,
                question=f"question {i}",
                subject=lesson.subjects[0],
                key_concepts=lesson.concepts,
                image_sha256=(),
                accepted=True,
                reject_category="",
                reject_reason="",
                guideline_vector=rule_vector,
                question_vector=question,
                concept_vector=concept,
                image_vectors=images,
            )
        )
        member = (f"cand_{i}",)
        memories.append(Memory(f"mem_{i}", stream, rule, lesson.subjects[0], lesson.concepts, member, "member", rule_vector))
    return build_bank(memories, candidates, "snap_bench", Fingerprints(embedders.text.fingerprint, embedders.image.fingerprint))


def unit_row(rng: np.random.Generator, middle: F32) -> F32:
    row = middle + rng.standard_normal(len(middle)).astype(np.float32) * np.float32(0.9 / np.sqrt(len(middle)))
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)
