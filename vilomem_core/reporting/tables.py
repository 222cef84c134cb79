"""The tables of a report. Every cell that is not made here is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from vilomem_core.evaluation import PairedResult
from vilomem_core.reporting.data import FailureRow, MemoryRow, RejectedGroup, RoleCost, RoundRow, SnapshotRow
from vilomem_core.reporting.text import count, duration, escape, picture, share

MAX_ROWS = 100  # of any table; the rest is a query away
MAX_SUSPECTS = 3  # of one snapshot
SHOWN_ID_CHARS = 15  # a prefix and ten digits of a hash tell rows of one page apart


def rounds_table(rounds: Sequence[RoundRow]) -> str:
    rows = [
        (
            _code(row.run_id),
            str(row.round),
            escape(row.status),
            count(row.cases),
            share(row.correct, row.correct + row.incorrect),
            f"{row.undetermined} / {row.failed}",
            f"{row.accepted} of {row.candidates}",
            f"{row.visual} + {row.logic}",
            _code(row.snapshot_id),
            _code(row.published_id),
            duration(row.seconds),
        )
        for row in rounds[-MAX_ROWS:]
    ]
    heads = (
        "run",
        "round",
        "status",
        "cases",
        "accuracy",
        "no verdict / failed",
        "guidelines kept",
        "memories (visual + logic)",
        "solved with",
        "published",
        "time",
    )
    return _table(heads, rows, len(rounds), "No round was run yet.")


def memory_cards(memories: Sequence[MemoryRow]) -> str:
    """One card a memory: the rule, its record, and the experience it came from."""
    if not memories:
        return '<p class="empty">Nothing is remembered yet.</p>'
    shown = "".join(_memory(row) for row in memories[:MAX_ROWS])
    return f'<div class="memories">{shown}</div>{_more(len(memories))}'


def _memory(row: MemoryRow) -> str:
    marks = [f'<span class="tag {escape(row.stream)}">{escape(row.stream)}</span>']
    marks += [
        f'<span class="tag">{escape(mark)}</span>'
        for mark in (row.state, "pinned" if row.pinned else "")
        if mark not in {"", "active"}
    ]
    sources = f"{row.support} {'source' if row.support == 1 else 'sources'}"
    facts = f"{sources} · recalled {row.recalled} · helped {row.helped} · harmed {row.harmed}"
    about = " · ".join(filter(None, (row.subject, ", ".join(row.key_concepts))))
    examples = "".join(
        f"<li>{picture(example.picture, 'picture of ' + example.case_id)}<div><q>{escape(example.guideline)}</q>"
        f'<p class="dim">{escape(example.case_id)}: {escape(example.question, 300)}</p></div></li>'
        for example in row.examples
    )
    lineage = f"<details><summary>Where it comes from</summary><ul>{examples}</ul></details>" if examples else ""
    return (
        f'<article><p>{" ".join(marks)} <code>{escape(row.id)}</code></p><p class="rule">{escape(row.rule)}</p>'
        f'<p class="dim">{escape(about)}</p><p class="dim">{facts} · wording: {escape(row.origin)}</p>{lineage}</article>'
    )


def rejected_table(groups: Sequence[RejectedGroup]) -> str:
    rows = [
        (
            escape(group.category),
            count(group.count),
            "".join(
                f'<p><q>{escape(example.guideline, 300)}</q> <span class="dim">{escape(example.reason, 200)} '
                f"({escape(example.case_id, 60)})</span></p>"
                for example in group.examples
            ),
        )
        for group in groups[:MAX_ROWS]
    ]
    return _table(("reason", "guidelines", "for example"), rows, len(groups), "The gate turned nothing away.")


def failures_table(failures: Sequence[FailureRow]) -> str:
    rows = [
        (
            escape(row.stage),
            escape(row.error),
            count(row.count),
            "yes" if row.retryable else "no",
            escape(row.case_id, 60),
            f"<p>{escape(row.message, 400)}</p>",
        )
        for row in failures[:MAX_ROWS]
    ]
    return _table(
        ("stage", "error", "times", "worth retrying", "last case", "last message"), rows, len(failures), "Nothing failed."
    )


def snapshots_table(snapshots: Sequence[SnapshotRow]) -> str:
    rows = [
        (
            _code(row.id) + (' <span class="tag">latest</span>' if row.current else ""),
            escape(row.created_at),
            escape(row.status),
            f"{row.visual} + {row.logic}",
            _code(row.parent_id),
            _code(row.checksum),
            _evidence(row),
        )
        for row in snapshots[:MAX_ROWS]
    ]
    heads = ("snapshot", "made", "status", "visual + logic", "follows", "checksum", "evidence")
    return _table(heads, rows, len(snapshots), "No snapshot was published yet.")


def _evidence(row: SnapshotRow) -> str:
    if row.evidence is None:
        return '<span class="dim">not evaluated</span>'
    lines = [escape(row.evidence.decision.reason), _compared("no memory", row.evidence.vs_none)]
    if row.evidence.vs_current is not None:
        lines.append(_compared("the snapshot before", row.evidence.vs_current))
    lines += [
        f"{_code(suspect.memory_id)} was there when {suspect.result.broken} broke and {suspect.result.fixed} were fixed"
        f" (q = {suspect.q_harm:.2f})."
        for suspect in row.evidence.suspects[:MAX_SUSPECTS]
    ]
    return "".join(f"<p>{line}</p>" for line in lines)


def _compared(other: str, result: PairedResult) -> str:
    if not result.pairs:
        return f"Against {other}: no pairs."
    low, high = result.interval()
    return (
        f"Against {other}: {100 * (result.baseline_accuracy or 0):.1f} % → {100 * (result.candidate_accuracy or 0):.1f} %, "
        f"{100 * result.difference:+.1f} points (95 % interval {100 * low:+.1f} to {100 * high:+.1f}), {result.fixed} fixed, "
        f"{result.broken} broken of {result.pairs}, p = {result.p_differs:.2g}."
    )


def roles_table(roles: Sequence[RoleCost], currency: str) -> str:
    rows = [
        (
            escape(row.role),
            escape(row.model),
            count(row.usage.calls),
            count(row.usage.prompt_tokens),
            count(row.usage.completion_tokens),
            duration(row.usage.seconds),
            "–" if row.money is None else f"{row.money:.2f} {escape(currency)}",
        )
        for row in roles[:MAX_ROWS]
    ]
    heads = ("role", "model", "calls", "tokens read", "tokens written", "time waited", "money")
    return _table(heads, rows, len(roles), "No model was called yet.")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], total: int, empty: str) -> str:
    """``rows`` hold HTML; ``total`` is how many there would be without the limit."""
    if not rows:
        return f'<p class="empty">{empty}</p>'
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    scroll = f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    return scroll + _more(total)


def _more(total: int) -> str:
    return f'<p class="dim">{total - MAX_ROWS:,} more are not shown.</p>' if total > MAX_ROWS else ""


def _code(text: str) -> str:
    """An id, shortened; the whole of it appears on hovering and for screen readers."""
    if len(text) <= SHOWN_ID_CHARS:
        return f"<code>{escape(text)}</code>" if text else "–"
    return f'<code title="{escape(text)}">{escape(text[:SHOWN_ID_CHARS])}…</code>'
