"""Which number a reply commits to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from vilomem_core.types import Case
from vilomem_core.verification.asked import Asked, asked
from vilomem_core.verification.numbers.cues import REJECTED, alternative, approximate_pair, is_enumeration, linked, score
from vilomem_core.verification.numbers.quantities import Quantity, decimal_text, normalized, quantities
from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.records import NOTHING, Mark, Reading
from vilomem_core.verification.reply.clean import clean, content_stem_set
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import (
    CONCLUSION,
    after_contrast,
    is_hypothetical,
    is_intention,
    is_question,
    is_refusal,
)
from vilomem_core.verification.strict import without_boxes

LONGEST = 1500  # characters of one stretch that are read: an answer stands near its marker
MAX_CUTS = 8  # words of conclusion in one stretch that are looked behind, from the last one on
_STOP_WORDS = r"(?:or|maybe|perhaps|possibly|and|not|approximately|about|roughly|i\.e)\b"
_CLAUSE_END = one_of(
    "number: end of the first clause",
    plain_rows("because|since|given that|where|obtained|calculated|computed|based on|due to|considering", "12 {} x")
    | {"as (?:the|it|there|we|this|shown|seen|can)": "12 as shown"},
    before=r"\s\(?",
    after=r"\b",
    unframed={";": "12; the rest", rf",\s(?!{_STOP_WORDS})(?=[a-zA-Z])": "12, counted twice", "，": "12，因为"},
)
_CONDITION = one_of(
    "number: condition",
    plain_rows("if|when|with|since|as|because|after|having|out of", "{} 4 are eaten, 11 are left"),
    before=r"^\W*",
    after=r"\b(?!.*\b(?:would|were)\b)[^,;]{3,120}[,;]\s+(?=.*\d)",
)
_DECIDES = one_of(
    "number: decides",
    plain_rows("say|guess|estimate|go with|choose|pick|answer|settle on|stick with|conclude", "I'd {} 12"),
    before=r"\b(?:i(?:'d| would|'ll| will)?|we(?:'d| would)?)\s+",
    after=r"\b(?:\s+(?:that|with|there are|it is|it's))?",
    unframed={
        r"\bmy\s+(?:final\s+|best\s+)?(?:count|guess|estimate|total|reading|conclusion)\s+(?:is|would be|:)": "my best guess is 12",
        r"^\W*(?:in total|total|sum|count|number)\s*(?:is|:|=)": "Total: 12",
    },
)
_CUT = one_of(
    "number: conclusion",
    plain_rows("that's|giving|leaving|making|namely", "{} 12")
    | {
        "total(?:s|l?ing)?(?: of)?": "totalling 12",
        "(?:which|that|this) (?:makes|gives|leaves|yields|brings|is|equals)": "which leaves 12",
        r"i\.e\.,?": "i.e. 12",
        "(?:amount|come|sum|add)s? (?:up )?to": "adds up to 12",
        "results? in": "results in 12",
        "an? (?:net )?(?:difference|sum|change|drop|rise|increase|decrease|gain|loss|distance|margin|average|mean|product|remainder) of": "a drop of 12",
    },
    before=r"\b",
    after=r"(?!\w)",
    unframed={CONCLUSION: "so 12"},
)
_APPROXIMATELY = r"(?:approximately|approx\.?|about|around|roughly|exactly|only|just|total:?)\s+"
_BARE = re.compile(rf"^\W*(?:{_APPROXIMATELY})?[^\sA-Za-z]?[^A-Za-z]*(?:[a-zA-Z°/²^0-9.]+[\s,.!]*){{0,4}}$", re.IGNORECASE)
_LED_BY = re.compile(
    r"^[^\w#]{0,3}#(?:(?:\s+[a-z]{2,12}){1,5}\s*\(|(?:\s+[a-z]{2,12})?\s*(?:\(|[,;:]\s+(?!i\.e|that is|namely|and\b|or\b|then\b|plus\b|maybe\b|perhaps\b"
    r"|possibly\b)(?=[a-z])|[–—]|\s-\s(?=[a-z])|\s?(?:because|since|as the|given that)\b))",
    re.IGNORECASE,
)
_ONLY_A_QUANTITY = re.compile(r"\W*-?\d[\d.,/]*\s?%?(?:\s?[A-Za-z°²³]+){0,2}[.!]?")
_NAMED_VALUE = re.compile(
    r"^\W*((?:[A-Za-z]+\s+){0,6}[A-Za-z]+)(?:\s*[:=]|\s+(?:is|are|was|were|equals))\s*[^A-Za-z]{1,24}(?:[a-zA-Z°/²^0-9.]+[\s,.!]*){0,3}$"
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
        return (
            named is not None and frozenset() < content_stem_set(named[1]) <= self.asked.stems and _one_value(text[named.end(1) :])
        )

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
        if not found or is_enumeration(ready, found):
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
        other = alternative(text, found, index, self.asked.fraction)
        if other is not None:
            return Reading(refused=f"two alternatives, {other.form} and {chosen.form}")
        chosen, also = self._exact_and_rounded(text, found, index)
        unit = chosen.unit.symbol if chosen.unit else ""
        return Reading(self._form(chosen), unit=unit, also=tuple(self._form(one) for one in also))

    def _exact_and_rounded(self, text: str, found: list[Quantity], index: int) -> tuple[Quantity, list[Quantity]]:
        """Both sides of "sqrt(2) = 1.414" are the answer; which one comes first depends on what the gold answer looks like."""
        chosen = found[index]
        for exact, rounded in ((chosen, one) for one in found[index + 1 : index + 2]):
            if approximate_pair(text, exact, rounded):
                return (rounded, [exact]) if self.wants_rounded else (exact, [rounded])
        for exact in found[max(0, index - 1) : index]:
            if approximate_pair(text, exact, chosen):
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
        linked(ready, one, other) or re.search("[=≈]", ready[one.end : other.start]) for one, other in pairwise(found)
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
