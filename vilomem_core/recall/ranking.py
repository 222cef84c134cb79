"""The evidence for each memory of the short list, and which of them are recalled.

Two sums of the same parts: how near a memory's rule, the guidelines and questions that it came from, and its words are to a case.
*Match* says which memory as a whole fits best: it orders. *Evidence* also counts the best single texts of a memory: it decides
whether anything is recalled. They are separate because their errors differ: single texts distinguish a case with a precedent from one without, but
confuse rules that look alike (measured on the labelled guidelines, docs/recall.md). Of rules that say the same one is recalled.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from vilomem_core.recall.bank import I64, STREAMS, MemoryBank, TextKind
from vilomem_core.recall.query import RecallQuery, concept_text, has_analysis, query_vector
from vilomem_core.recall.words import ranges
from vilomem_core.types import F32, RecallHit

# Weights from the labelled guidelines: any within half to twice these do about as well (docs/recall.md)
MATCH_WEIGHTS = {"lineage": 1.0, "words": 0.6}
EVIDENCE_WEIGHTS = {"lineage": 1.0, "guideline": 0.5, "question": 0.2, "concepts": 0.2, "words": 0.5}
FIRST_WEIGHED = 16  # most cases find their few memories among so many of the best matches
MOST_WEIGHED = 64  # a memory that so many others match better is not recalled: it changes no answer (docs/recall.md)
# What a text of each kind is compared with: the mix (0), the question (1) or the analysis (2)
ASKED_OF = np.array([{TextKind.QUESTION: 1, TextKind.CONCEPTS: 2}.get(kind, 0) for kind in TextKind])
ROUNDING = 1e-5  # of cosines of unit vectors in f32


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """How well some memories as a whole fit, best first: the rows of the bank, and f32[rows] of the sum and its two parts."""

    rows: I64
    match: F32
    lineage: F32
    words: F32

    def __getitem__(self, places: slice) -> Match:
        return Match(self.rows[places], self.match[places], self.lineage[places], self.words[places])


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """For each of some rows of a bank, f32[rows]: the two sums, and the parts by name (NaN where a part does not exist)."""

    rows: I64
    match: F32
    evidence: F32
    parts: dict[str, F32]


def query_words(bank: MemoryBank, query: RecallQuery) -> F32:
    """The words of a query for ``weigh``; those of the analysis count twice, as they are the better chosen."""
    concepts = concept_text(query.analysis) if query.analysis is not None else ""
    return bank.words.query(f"{query.question} {concepts}", concepts)


def match_rows(bank: MemoryBank, rows: I64, cosines: F32, words: F32) -> Match:
    """The match of some memories, best first, equal ones in the order of the bank.

    ``cosines`` is f32[rows], of their prototypes to the ``query_vector``; ``words`` comes from ``query_words``.
    """
    lineage = bank.calibration.apply_to_centroids(cosines, bank.cohesion[rows])
    common = bank.words.similarity(rows, words)
    total = MATCH_WEIGHTS["lineage"] * lineage + MATCH_WEIGHTS["words"] * common
    match = (total / sum(MATCH_WEIGHTS.values())).astype(np.float32)
    order = np.lexsort((rows, -match))
    return Match(rows[order], match[order], lineage[order], common[order])


def weigh(bank: MemoryBank, text_offsets: I64, matched: Match, query: RecallQuery) -> Evidence:
    """The evidence for some memories, in their order. ``text_offsets`` is i64[n + 1], where each row's texts begin."""
    rows = matched.rows
    nearest = bank.calibration.apply(_nearest_texts(bank, text_offsets, rows, query))
    parts = {
        "lineage": matched.lineage,
        "rule": nearest[TextKind.RULE],
        "member": nearest[TextKind.MEMBER],
        "guideline": np.fmax(nearest[TextKind.RULE], nearest[TextKind.MEMBER]),
        "question": nearest[TextKind.QUESTION],
        "concepts": nearest[TextKind.CONCEPTS] if has_analysis(query.analysis) else np.full(len(rows), np.nan, np.float32),
        "words": matched.words,
    }
    return Evidence(rows, matched.match, _weighted(parts, EVIDENCE_WEIGHTS), parts)


def weigh_in_order(bank: MemoryBank, text_offsets: I64, matched: Match, query: RecallQuery, wanted: int) -> Iterator[Evidence]:
    """``weigh`` in two parts, the best matches first: who has found the ``wanted`` need not look at the texts of the rest."""
    first = max(FIRST_WEIGHED, 2 * wanted)
    for part in (matched[:first], matched[first : max(MOST_WEIGHED, 4 * wanted)]):
        if len(part.rows):
            yield weigh(bank, text_offsets, part, query)


def _nearest_texts(bank: MemoryBank, text_offsets: I64, rows: I64, query: RecallQuery) -> F32:
    """f32[4, rows]: the highest cosine among a memory's texts of each kind, NaN where it has none.

    Guidelines are compared with all that the query says, questions with the question, concept lists with the analysis.
    """
    index, owner = ranges(text_offsets[rows], text_offsets[rows + 1])
    kind = bank.text_kind[index].astype(np.int64)
    asked = np.stack([query_vector(query), query.text_vectors[0], query.text_vectors[-1]])
    value = np.vecdot(bank.text_vectors[index][:, None, :], asked)[np.arange(len(index)), ASKED_OF[kind]]
    nearest = np.full((len(TextKind), len(rows)), np.nan, np.float32)
    if len(index):
        starts = np.flatnonzero(np.diff(owner * len(TextKind) + kind, prepend=-1))
        nearest[kind[starts], owner[starts]] = np.maximum.reduceat(value, starts)
    return nearest


def _weighted(parts: dict[str, F32], weights: dict[str, float]) -> F32:
    """The weighted mean of the parts that exist, row by row."""
    values = np.stack([parts[name] for name in weights])
    weight = np.array(list(weights.values()), np.float32)[:, None] * ~np.isnan(values)
    total: F32 = np.where(np.isnan(values), 0.0, values * weight).sum(axis=0) / weight.sum(axis=0)
    return total.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Admission:
    """What it takes to be recalled: one memory must reach ``threshold``; others at most ``margin`` below it may then come too.

    ``duplicate_cosine`` is the highest that two rules may have, ``count`` how many memories are taken.
    """

    threshold: float
    margin: float
    duplicate_cosine: float
    count: int

    def least(self, evidence: float) -> float:
        """The least evidence that a memory with this evidence had to have: runners-up need less."""
        return self.threshold if evidence >= self.threshold else self.threshold - self.margin


def select(bank: MemoryBank, text_offsets: I64, weighed: Iterable[Evidence], admission: Admission) -> list[tuple[Evidence, int]]:
    """The recalled memories, best match first, each as its place in a part of ``weighed``, which comes in that order.

    Runners-up only take places that are left over.
    """
    chosen: list[tuple[Evidence, int]] = []
    rules: list[F32] = []

    def take(found: Evidence, place: int) -> None:
        rule = bank.text_vectors[text_offsets[found.rows[place]]]  # a memory's first text is its rule
        if len(rules) < admission.count and not any(float(other @ rule) > admission.duplicate_cosine + ROUNDING for other in rules):
            chosen.append((found, place))
            rules.append(rule)

    runners_up: list[tuple[Evidence, int]] = []
    for found in weighed:
        for place in np.flatnonzero(found.evidence >= admission.threshold - admission.margin).tolist():
            if found.evidence[place] >= admission.threshold:
                take(found, place)
            else:
                runners_up.append((found, place))
        if len(chosen) == admission.count:
            break
    if chosen:
        for found, place in runners_up:
            take(found, place)
    return sorted(chosen, key=lambda one: -float(one[0].match[one[1]]))


def make_hit(bank: MemoryBank, found: Evidence, place: int, admission: Admission, images: Mapping[int, float]) -> RecallHit:
    """A hit that says how it was found; ``images`` holds the image cosine of rows that came by image similarity."""
    row = int(found.rows[place])
    scores = {name: value for name, values in found.parts.items() if not math.isnan(value := float(values[place]))}
    evidence = float(found.evidence[place])
    least = admission.least(evidence)
    steps = [f"image {images[row]:.2f}"] if row in images else []
    steps.append(f"lineage {scores['lineage']:.2f}")
    nearest = [name for name in ("rule", "member", "question", "concepts") if name in scores]
    closest = max(nearest, key=lambda name: scores[name])
    steps += [
        f"closest {closest} {scores[closest]:.2f}",
        f"words {scores['words']:.2f}",
        f"evidence {evidence:.2f} >= {least:.2f}" + (" as runner-up" if evidence < admission.threshold else ""),
    ]
    scores.pop("guideline", None)
    shown = {**({"image": images[row]} if row in images else {}), **scores, "evidence": evidence, "threshold": least}
    return RecallHit(
        memory_id=bank.memory_ids[row],
        stream=STREAMS[int(bank.streams[row])],
        rule=bank.rules[row],
        score=float(found.match[place]),
        scores=tuple((name, round(value, 4)) for name, value in shown.items()),
        path=", ".join(steps),
    )
