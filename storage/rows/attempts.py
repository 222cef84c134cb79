"""Attempts: the verdict and the costs lie flat, the recalled memories are a list of structs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from storage.rows.columns import TEXT, TEXTS, build, optional, required, usage_columns, usage_fields, usage_of
from vilomem_core.types import Analysis, Attempt, RecallHit, Stream, Verdict, VerdictStatus

SCORE = pa.struct([required("name", TEXT), required("value", pa.float64())])
HIT = pa.struct(
    [
        required("memory_id", TEXT),
        required("stream", TEXT),
        required("rule", TEXT),
        required("score", pa.float64()),
        required("scores", pa.list_(SCORE)),
        required("path", TEXT),
    ]
)

ATTEMPTS = pa.schema(
    [
        required("id", TEXT),
        required("case_key", TEXT),
        required("case_id", TEXT),
        required("snapshot_id", TEXT),
        required("round", pa.int32()),
        required("arm", TEXT),
        required("reply", TEXT),
        required("prompt_digest", TEXT),
        required("model", TEXT),
        required("finish_reason", TEXT),
        required("heatmap", TEXT),
        optional("seed", pa.int64()),
        required("verdict_status", TEXT),
        required("verdict_method", TEXT),
        optional("verdict_extracted", TEXT),
        required("verdict_reason", TEXT),
        *usage_fields("verdict_"),
        required("hits", pa.list_(HIT)),
        optional("analysis_subject", TEXT),  # null where there was no analysis
        required("analysis_concepts", TEXTS),
        required("analysis_error", TEXT),
        *usage_fields("analysis_"),
        *usage_fields(),
    ]
)

_PLAIN = ("id", "case_key", "case_id", "snapshot_id", "round", "arm", "reply", "prompt_digest", "model", "finish_reason")
_LATER = ("heatmap", "seed", "analysis_error")


def attempts_to_arrow(attempts: Sequence[Attempt]) -> pa.Table:
    verdicts = [attempt.verdict for attempt in attempts]
    analyses = [attempt.analysis for attempt in attempts]
    return build(
        ATTEMPTS,
        {
            **{name: [getattr(attempt, name) for attempt in attempts] for name in (*_PLAIN, *_LATER)},
            "verdict_status": [str(verdict.status) for verdict in verdicts],
            "verdict_method": [verdict.method for verdict in verdicts],
            "verdict_extracted": [verdict.extracted for verdict in verdicts],
            "verdict_reason": [verdict.reason for verdict in verdicts],
            **usage_columns([verdict.usage for verdict in verdicts], "verdict_"),
            "hits": [[_hit_row(hit) for hit in attempt.hits] for attempt in attempts],
            "analysis_subject": [analysis.subject if analysis else None for analysis in analyses],
            "analysis_concepts": [analysis.key_concepts if analysis else () for analysis in analyses],
            **usage_columns([attempt.analysis_usage for attempt in attempts], "analysis_"),
            **usage_columns([attempt.usage for attempt in attempts]),
        },
    )


def attempts_from_arrow(table: pa.Table) -> list[Attempt]:
    return [_attempt(row) for row in table.to_pylist()]


def _attempt(row: Mapping[str, Any]) -> Attempt:
    subject = row["analysis_subject"]
    return Attempt(
        **{name: row[name] for name in (*_PLAIN, *_LATER)},
        verdict=Verdict(
            status=VerdictStatus(row["verdict_status"]),
            method=row["verdict_method"],
            extracted=row["verdict_extracted"],
            reason=row["verdict_reason"],
            usage=usage_of(row, "verdict_"),
        ),
        hits=tuple(_hit(hit) for hit in row["hits"]),
        analysis=None if subject is None else Analysis(subject, tuple(row["analysis_concepts"])),
        usage=usage_of(row),
        analysis_usage=usage_of(row, "analysis_"),
    )


def _hit_row(hit: RecallHit) -> dict[str, object]:
    return {
        "memory_id": hit.memory_id,
        "stream": str(hit.stream),
        "rule": hit.rule,
        "score": hit.score,
        "scores": [{"name": name, "value": value} for name, value in hit.scores],
        "path": hit.path,
    }


def _hit(row: Mapping[str, Any]) -> RecallHit:
    return RecallHit(
        memory_id=row["memory_id"],
        stream=Stream(row["stream"]),
        rule=row["rule"],
        score=row["score"],
        scores=tuple((part["name"], part["value"]) for part in row["scores"]),
        path=row["path"],
    )
