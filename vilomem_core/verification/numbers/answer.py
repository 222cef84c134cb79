"""Which number a reply commits to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from vilomem_core.types import Case
from vilomem_core.verification.asked import Asked, asked
from vilomem_core.verification.mathematics.tree import nearly
from vilomem_core.verification.numbers.cues import REJECTED, score
from vilomem_core.verification.numbers.quantities import MAX_QUANTITIES, Quantity, decimal_text, normalized, quantities
from vilomem_core.verification.records import NOTHING, Mark, Reading
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import (
    CONCLUSION,
    after_contrast,
    is_hypothetical,
    is_intention,
    is_question,
    is_refusal,
)
from vilomem_core.verification.reply.words import content_stems
from vilomem_core.verification.strict import without_boxes

ROUNDED_WITHIN = 0.02  # relative; no one rounds further than that
LONGEST = 1500  # characters of one stretch that are read: an answer stands near its marker
MAX_CUTS = 8  # words of conclusion in one stretch that are looked behind, from the last one on
_APPROXIMATES = re.compile(r"≈|≅|≃|~|\\approx|\\simeq|\b(?:about|approximately|approx|roughly)\b", re.IGNORECASE)
_LINK = re.compile(
    r"^[\s,()]*(?:=|≈|≅|≃|~|\\approx|\\simeq|which is|i\.e\.,?|or|that is,?)?\s*(?:about|approximately|approx\.?"
    r"|roughly)?[\s,()$€£]*$",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(
    r"^[\s,()\w°%/^$€£-]{0,24}?(?:\bor\b|\bmaybe\b|\bperhaps\b|\bpossibly\b|或者?|还是|也可能)[\s,(]*(?:maybe|perhaps"
    r"|possibly|even|is it|it is|it's|could be)?[\s$€£(]*$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\b(?:between|from)\s*[$€£]?\s*$", re.IGNORECASE)
_RANGE_LINK = re.compile(r"^(?:\s*(?:and|to|至|到)\s*|[-–—~])[$€£]?\s*$", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"\s\(?(?:because|since|as (?:the|it|there|we|this|shown|seen|can)|given that|where|obtained|calculated"
    r"|computed|based on|due to|considering)\b|;|,\s(?!(?:or|maybe|perhaps|possibly|and|not|approximately|about"
    r"|roughly|i\.e)\b)(?=[a-zA-Z])|，",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\W*(?:(?:approximately|approx\.?|about|around|roughly|exactly|only|just"
    r"|total:?)\s+)?[^\sA-Za-z]?[^A-Za-z]*(?:[a-zA-Z°/²^0-9.]+[\s,.!]*){0,4}$",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"^\W*(?:if|when|with|since|as|because|after|having|out of)\b(?!.*\b(?:would|were)\b)[^,;]{3,120}[,;]\s+(?=\S*\d|.*\d)",
    re.IGNORECASE,
)
_LED_BY = re.compile(
    r"^[^\w#]{0,3}#(?:(?:\s+[a-z]{2,12}){1,5}\s*\(|(?:\s+[a-z]{2,12})?\s*(?:\(|[,;:]\s+(?!i\.e|that is|namely|and\b|or\b|then\b|plus\b|maybe\b|perhaps\b"
    r"|possibly\b)(?=[a-z])|[–—]|\s-\s(?=[a-z])|\s?(?:because|since|as the|given that)\b))",
    re.IGNORECASE,
)
_ONLY_A_QUANTITY = re.compile(r"\W*-?\d[\d.,/]*\s?%?(?:\s?[A-Za-z°²³]+){0,2}[.!]?")
_NAMED_VALUE = re.compile(
    r"^\W*((?:[A-Za-z]+\s+){0,6}[A-Za-z]+)(?:\s*[:=]|\s+(?:is|are|was|were|equals))\s*[^A-Za-z]{1,24}(?:[a-zA-Z°/²^0-9.]+[\s,.!]*){0,3}$"
)
_DECIDES = re.compile(
    r"\b(?:i(?:'d| would|'ll| will)?|we(?:'d| would)?)\s+(?:say|guess|estimate|go with|choose|pick|answer|settle on"
    r"|stick with|conclude)\b(?:\s+(?:that|with|there are|it is|it's))?"
    r"|\bmy\s+(?:final\s+|best\s+)?(?:count|guess|estimate|total|reading|conclusion)\s+(?:is|would be|:)"
    r"|^\W*(?:in total|total|sum|count|number)\s*(?:is|:|=)",
    re.IGNORECASE,
)
_CUT = re.compile(
    rf"{CONCLUSION}|\b(?:total(?:s|ing)?(?: of)?|(?:which|that|this) (?:makes|gives|leaves|yields|brings|is|equals)"
    rf"|that's|giving|leaving|making|i\.e\.,?|namely|amounts? to|comes? to|adds? up to|sums? to|results? in"
    rf"|an? (?:net )?(?:total|difference|sum|change|drop|rise|increase|decrease|gain|loss|distance|margin|average"
    rf"|mean|product|remainder) of)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NumberReader:
    """Reads the answer of one number question. ``wants_rounded``: the gold answer is a decimal number, which may be rounded."""

    asked: Asked
    wants_rounded: bool

    def marked(self, mark: Mark) -> Reading:
        text = without_boxes(mark.payload[:LONGEST])
        if re.match(r"\W*(?:not|n't|neither)\b", text):
            return NOTHING
        return (
            Reading(refused="the reply says that it cannot tell")
            if is_refusal(text)
            else self._read(_first_clause(text), marked=True)
        )

    def decision(self, statement: Statement) -> Reading:
        text = statement.text[-LONGEST:]
        if is_question(text) or is_refusal(text) or is_hypothetical(text):
            return NOTHING
        cues = list(_DECIDES.finditer(text))
        return self._read(_first_clause(text[cues[-1].end() :]), marked=True) if cues else NOTHING

    def headline(self, statement: Statement, _following: Sequence[Statement]) -> Reading:
        first = quantities(normalized(statement.text[:200]))[:1]
        if first and _LED_BY.match(
            normalized(statement.text[:200])[: first[0].start] + "#" + normalized(statement.text[:200])[first[0].end :]
        ):
            return self._committed(normalized(statement.text[:200]), first, 0)
        if statement.alone and ":" in statement.text and self._names_asked(statement.text[:200]):
            return self._read(statement.text[:200], marked=True)
        bare = statement.alone and len(statement.text) <= 60 and _BARE.match(statement.text) and not is_question(statement.text)
        return self._read(statement.text, marked=True) if bare and _one_value(statement.text) else NOTHING

    def _names_asked(self, text: str) -> bool:
        """What was asked for and one value: "Total cost: 75 dollars.", "The hypotenuse is 13."."""
        named = _NAMED_VALUE.match(text)
        return named is not None and frozenset() < content_stems(named[1]) <= self.asked.stems and _one_value(text[named.end(1) :])

    def opening(self, statement: Statement, _restates: bool) -> Reading:
        """A number that comes first may be a step on the way, unless it is said to be what was asked for."""
        text = statement.text[:200]
        return self._read(text, marked=True) if self._names_asked(text) or _ONLY_A_QUANTITY.fullmatch(text) else NOTHING

    def last(self, statement: Statement) -> Reading:
        text = statement.text[-LONGEST:]
        condition = _CONDITION.match(text)
        if condition:
            text = text[condition.end() :]  # "if 4 of the 15 are eaten, 11 are left"
        if is_question(text) or is_intention(text) or is_hypothetical(text):
            return NOTHING
        if is_refusal(text):
            text = after_contrast(text)
        text = _without_parts(text)
        ends = [cut.end() for cut in _CUT.finditer(text)][: -MAX_CUTS - 1 : -1]
        cut = next((end for end in ends if quantities(normalized(text[end:]))), None)
        # "14 girls, 9 boys, so 5 more": the conclusion counts, unless the counted thing itself stands elsewhere
        return (NOTHING if cut is None else self._read(text[cut:], marked=True)) or self._read(text, marked=False)

    def _read(self, text: str, marked: bool) -> Reading:
        ready = normalized(text)
        found = quantities(ready)
        if not found or _is_enumeration(ready, found):
            return NOTHING
        points = [score(ready, found, index, self.asked, marked) for index in range(len(found))]
        best = max(points)
        if best <= REJECTED:
            return NOTHING
        chosen = points.index(best) if marked else len(points) - 1 - points[::-1].index(best)
        return self._committed(ready, found, chosen)

    def _committed(self, text: str, found: list[Quantity], index: int) -> Reading:
        chosen = found[index]
        if chosen.kind == "range":
            return Reading(refused=f"a range, {chosen.form}")
        other = _alternative(text, found, index, self.asked.fraction)
        if other is not None:
            return Reading(refused=f"two alternatives, {other.form} and {chosen.form}")
        chosen, also = self._exact_and_rounded(text, found, index)
        unit = chosen.unit.symbol if chosen.unit else ""
        return Reading(self._form(chosen), unit=unit, also=tuple(self._form(one) for one in also))

    def _exact_and_rounded(self, text: str, found: list[Quantity], index: int) -> tuple[Quantity, list[Quantity]]:
        """Both sides of "sqrt(2) = 1.414" are the answer; which one comes first depends on what the gold answer looks like."""
        chosen = found[index]
        for exact, rounded in ((chosen, one) for one in found[index + 1 : index + 2]):
            if _approximate_pair(text, exact, rounded):
                return (rounded, [exact]) if self.wants_rounded else (exact, [rounded])
        for exact in found[max(0, index - 1) : index]:
            if _approximate_pair(text, exact, chosen):
                exact = replace(exact, unit=exact.unit or chosen.unit)  # noqa: PLW2901
                return (chosen, [exact]) if self.wants_rounded else (exact, [chosen])
        return chosen, []

    def _form(self, one: Quantity) -> str:
        if one.magnitude > 1 and one.magnitude == self.asked.magnitude and isinstance(one.number, Fraction):
            return decimal_text(one.number / one.magnitude)  # "350 million" where the question is in millions
        return one.form


def number_reader(case: Case) -> NumberReader:
    """The reader for ``case``."""
    gold = case.answer or ""
    return NumberReader(asked(clean(case.question)), bool(re.search(r"\d\.\d", gold)) and "\\" not in gold)


def _one_value(text: str) -> bool:
    """It names one quantity, or one in several writings, not several."""
    ready = normalized(text)
    found = quantities(ready)
    return bool(found) and all(
        _LINK.match(ready[one.end : other.start]) or re.search("[=≈]", ready[one.end : other.start])
        for one, other in pairwise(found)
    )


def _without_parts(text: str) -> str:
    """ "9 goals: 3 in the first match, 6 in the second" is "9 goals"."""
    head, colon, parts = text.partition(": ")
    whole, added = quantities(normalized(head)), quantities(normalized(parts)) if colon else []
    numbers = [one.number for one in added if one.number is not None]
    return head if len(whole) == 1 and len(numbers) > 1 and whole[0].number == sum(numbers) else text


def _first_clause(text: str) -> str:
    """What stands before the explanation: "12, since 5 + 7 = 12" is "12"."""
    for end in _CLAUSE_END.finditer(text):
        head = text[: end.start()]
        if quantities(normalized(head)):
            return head
    return text


def _approximate_pair(text: str, exact: Quantity, rounded: Quantity) -> bool:
    """Two writings of one value, the second an approximation of the first."""
    between = text[exact.end : rounded.start]
    if exact.number is None or rounded.number is None or not _LINK.match(between):
        return False
    if not _APPROXIMATES.search(between) and exact.kind == "number":
        return False
    one, other = (part.number / (100 if part.percent else 1) for part in (exact, rounded) if part.number is not None)
    return one != other and nearly(one, other, ROUNDED_WITHIN)


def _alternative(text: str, found: list[Quantity], index: int, ratio: bool) -> Quantity | None:
    """Another quantity that stands beside the chosen one as an alternative or as the other end of a range."""
    for other in (found[index - 1] if index else None, found[index + 1] if index + 1 < len(found) else None):
        if other is None or other.number == found[index].number:
            continue
        first, second = sorted((other, found[index]), key=lambda one: one.start)
        between = text[first.end : second.start]
        if _ALTERNATIVE.search(between) and not _approximate_pair(text, first, second):
            return other
        before = text[max(0, first.start - 12) : first.start]
        if (
            _RANGE_LINK.match(between)
            and "from" not in before.lower()
            and (_BETWEEN.search(before) or ("and" not in between and not ratio))
        ):
            return other
    return None


def _is_enumeration(text: str, found: list[Quantity]) -> bool:
    """The text ends in a run of four numbers or more that are only counted off."""
    if len(found) >= MAX_QUANTITIES:
        return True
    run = 1
    for first, second in zip(found[-2::-1], found[:0:-1], strict=False):
        if not re.fullmatch(r"\s*(?:,|\s|;|and|、)\s*", text[first.end : second.start]):
            break
        run += 1
    return run >= 4 and not re.search(r"[A-Za-z]{3}", text[found[-1].end :])
