"""Recall over one pinned bank: from a query to the recalled memories, and the prompt section with their rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vilomem_core.errors import DataError, StoreError
from vilomem_core.ids import key_hash
from vilomem_core.prompts import fence, fill
from vilomem_core.recall.bank import I64, STREAMS, MemoryBank
from vilomem_core.recall.query import RecallQuery, query_texts
from vilomem_core.recall.ranking import Admission, make_hit, match_rows, query_words, select, weigh_in_order
from vilomem_core.recall.search import Scope, ShortList, nearest_by_image, nearest_by_text
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import F32, RecallHit, Stream

CHARACTERS_A_TOKEN = 4  # a rule of thumb for English; other scripts are counted one token a character
LABELS = {Stream.VISUAL: "seeing", Stream.LOGIC: "reasoning"}
_REEMBED = "Use the embedder that the snapshot names, or make the memory's vectors again: vilomem reembed."


class Recaller:
    """Answers queries from one bank. Holds no state that a query changes: may be used from several threads."""

    def __init__(self, bank: MemoryBank, settings: RecallSettings) -> None:
        self.bank = bank
        self.settings = settings
        streams = np.asarray(bank.streams)
        self._spans = {
            stream: (int(np.searchsorted(streams, code)), int(np.searchsorted(streams, code, side="right")))
            for code, stream in enumerate(STREAMS)
        }
        self.text_offsets: I64 = np.searchsorted(bank.text_owner, np.arange(len(bank) + 1)).astype(np.int64)
        self._pictured = np.zeros(len(bank), np.bool_)
        self._pictured[np.asarray(bank.image_owner)] = True
        self._all_pictured = bool(self._pictured[slice(*self.span(Stream.VISUAL))].all())
        self._finds_by_image = bool(settings.stage_one_k and len(bank.image_owner))
        self._admissions = {stream: _admission(bank, settings, stream) for stream in STREAMS}
        self._of_subject = _rows_of_subject(bank, settings.subject)

    def recall(self, query: RecallQuery) -> tuple[RecallHit, ...]:
        """The memories that warn of the mistakes at hand: visual ones first, each stream's best match first.

        Raises ``StoreError`` for vectors of another embedder and ``DataError`` for an empty question or vectors that are not
        numbers.
        """
        if not len(self.bank):
            return ()
        self._check(query)
        scope = Scope(self._of_subject, self._own_memories(query))
        streams = [Stream(name) for name in self.settings.streams]
        short_lists = [self._short_list(stream, query, scope) for stream in streams]
        words = query_words(self.bank, query)  # after the search, which would evict it from the CPU caches
        found = [self._choose(stream, query, words, short_list) for stream, short_list in zip(streams, short_lists, strict=True)]
        ordered = sorted((hit for hits in found for hit in hits), key=lambda hit: STREAMS.index(hit.stream))
        return within_budget(ordered, self.settings)

    def recall_batch(self, queries: Sequence[RecallQuery]) -> list[tuple[RecallHit, ...]]:
        """``recall`` for each query, in order."""
        return [self.recall(query) for query in queries]

    def span(self, stream: Stream) -> tuple[int, int]:
        """The first row of a stream, and the row after its last."""
        return self._spans[stream]

    def _short_list(self, stream: Stream, query: RecallQuery, scope: Scope) -> ShortList:
        low, high = self.span(stream)
        if not (stream is Stream.VISUAL and self._finds_by_image and len(query.image_vectors)):
            return nearest_by_text(self.bank, low, high, query, scope, self.settings.top_k)
        by_image = nearest_by_image(self.bank, query, self.settings.stage_one_k, scope)
        if self._all_pictured:
            return by_image
        others = scope.without(self._pictured)  # these have only their texts to be found by
        return by_image + nearest_by_text(self.bank, low, high, query, others, self.settings.top_k)

    def _choose(self, stream: Stream, query: RecallQuery, words: F32, short_list: ShortList) -> list[RecallHit]:
        if not len(short_list.rows):
            return []
        matched = match_rows(self.bank, short_list.rows, short_list.cosines, words)
        weighed = weigh_in_order(self.bank, self.text_offsets, matched, query, self.settings.top_k)
        admission = self._admissions[stream]
        chosen = select(self.bank, self.text_offsets, weighed, admission)
        return [make_hit(self.bank, found, place, admission, short_list.images) for found, place in chosen]

    def _own_memories(self, query: RecallQuery) -> I64:
        """Rows of memories that this very case has taught (ARCHITECTURE.md, decision 6)."""
        wanted = np.array([key_hash(key) for key in (query.case_key, query.question_key) if key], dtype=np.uint64)
        low = np.searchsorted(self.bank.source_keys, wanted)
        high = np.searchsorted(self.bank.source_keys, wanted, side="right")
        spans = [self.bank.source_owner[start:end] for start, end in zip(low, high, strict=True)]
        return np.concatenate([np.zeros(0, np.int64), *spans]).astype(np.int64)

    def _check(self, query: RecallQuery) -> None:
        if len(query.text_vectors) != len(query_texts(query.question, query.analysis)):
            raise DataError(
                "a query needs the vectors of all its texts.", "Embed what vilomem_core.recall.query.query_texts gives."
            )
        text_dim, image_dim = self.bank.prototypes.shape[1], self.bank.image_vectors.shape[1]
        pairs = [("text", query.text_vectors, text_dim)]
        if len(query.image_vectors) and len(self.bank.image_owner):
            pairs.append(("image", query.image_vectors, image_dim))
        for what, vectors, dim in pairs:
            if vectors.ndim != 2 or vectors.shape[1] != dim or not len(vectors):
                raise StoreError(f"the {what} vectors have the shape {vectors.shape}, the snapshot's have {dim} numbers.", _REEMBED)
            if not np.isfinite(vectors).all():
                raise DataError(f"the case's {what} vectors are not numbers.", "Embed the case again.")


def _admission(bank: MemoryBank, settings: RecallSettings, stream: Stream) -> Admission:
    chosen = settings.threshold(stream)
    return Admission(
        threshold=bank.calibration.threshold(stream) if chosen is None else chosen,
        margin=settings.runner_up_margin,
        duplicate_cosine=bank.calibration.duplicate_cosine(settings.duplicate_distance),
        count=settings.top_k,
    )


def _rows_of_subject(bank: MemoryBank, subject: str | None) -> NDArray[np.bool_] | None:
    if subject is None:
        return None
    wanted = " ".join(subject.split()).casefold()
    return np.array([" ".join(name.split()).casefold() == wanted for name in bank.subjects], dtype=np.bool_)


def render_memory_section(hits: Sequence[RecallHit], settings: RecallSettings) -> str:
    """The rules as material between fences, one a line; empty when nothing was recalled or fits the budget."""
    lines = [_line(hit) for hit in within_budget(hits, settings)]
    return fill("memories", {"rules": fence("\n".join(lines))}) if lines else ""


def within_budget(hits: Sequence[RecallHit], settings: RecallSettings) -> tuple[RecallHit, ...]:
    """The hits whose rules fit into the token budget, in order; the best of each stream come before second ones.

    What ``Recaller`` returns has passed here, so that a hit is always something that the solver reads.
    """
    rank: dict[Stream, int] = {}
    order = []
    for place, hit in enumerate(hits):
        rank[hit.stream] = rank.get(hit.stream, -1) + 1
        order.append((rank[hit.stream], place))
    kept, left = set(), settings.token_budget
    for _, place in sorted(order):
        tokens = estimated_tokens(_line(hits[place]))
        if tokens <= left:
            kept.add(place)
            left -= tokens
    return tuple(hit for place, hit in enumerate(hits) if place in kept)


def estimated_tokens(text: str) -> int:
    """About how many tokens a text takes, rounded up."""
    plain = len(text) if text.isascii() else sum(character.isascii() for character in text)
    return -(-plain // CHARACTERS_A_TOKEN) + len(text) - plain


def _line(hit: RecallHit) -> str:
    """One line whatever the rule holds: a rule cannot open a line of its own."""
    rule = hit.rule
    if not rule.isprintable():
        rule = "".join(character if character.isprintable() else " " for character in rule)
    return f"- ({LABELS[hit.stream]}) {' '.join(rule.split())}"
