"""What judges have said before: votes on pairs of wordings, and whether a judge can be believed."""

from __future__ import annotations

from collections.abc import Sequence

from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.consolidation.poll import UNRELATED
from vilomem_core.consolidation.votes import Votes
from vilomem_core.consolidation.wordings import Wordings
from vilomem_core.types import Judgement


def recorded_votes(wordings: Wordings, log: GuidelineLog, judgements: Sequence[Judgement]) -> Votes:
    """Votes by wording number; the last word on a pair of wordings counts."""
    votes = Votes()
    for left, right, judgement in _numbered(wordings, log, judgements):
        votes.add(left, right, judgement.same)
    return votes


def controls_on_record(wordings: Wordings, log: GuidelineLog, judgements: Sequence[Judgement], judge: str) -> list[bool]:
    """What the judge of this name said of pairs that cannot be the same."""
    own = [judgement for judgement in judgements if judgement.judge == judge]
    return [
        judgement.same
        for left, right, judgement in _numbered(wordings, log, own)
        if float(wordings.fused[left] @ wordings.fused[right]) <= UNRELATED
    ]


def _numbered(wordings: Wordings, log: GuidelineLog, judgements: Sequence[Judgement]) -> list[tuple[int, int, Judgement]]:
    """The judgements on two different wordings that are in the log, with the wordings' numbers."""
    if not judgements:
        return []
    number = {log.ids[row]: wording for wording, rows in enumerate(wordings.rows) for row in rows}
    found = ((number.get(judgement.left), number.get(judgement.right), judgement) for judgement in judgements)
    return [
        (left, right, judgement) for left, right, judgement in found if left is not None and right is not None and left != right
    ]
