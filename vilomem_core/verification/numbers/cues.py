"""How likely each quantity of a statement is the answer, from the words around it."""

from __future__ import annotations

import re

from vilomem_core.verification.asked import LABELLED, Asked
from vilomem_core.verification.numbers.quantities import Quantity
from vilomem_core.verification.reply.words import content_stems

REJECTED = -10  # at or below this the quantity is no answer at all

_SIGN = r"\s*[$€£¥(]*\s*$"
_ABOUT = (
    r"(?:about|approximately|approx\.?|roughly|around|exactly|precisely|nearly|almost|only|just|a total of|some"
    r"|close to|up to|well)"
)
_EQUALS_BEFORE = re.compile(rf"(?:=|≈|≅|≃|~|\\approx|\\simeq|→|=>|⇒|->)\s*(?:{_ABOUT}\s+)?{_SIGN}")
_EQUALS_AFTER = re.compile(r"\s*[)]?\s*(?:=|≈|≅|\\approx|→|⇒|->)")
_VERB_BEFORE = re.compile(
    rf"(?:\b(?:is|are|was|were|be|been|equals?|reads?|shows?|gives?|makes?|leaves?|remains?|totals?|counts?|counted"
    rf"|get|got|have|has|had|contains?|measures?|costs?|weighs?|becomes?|reach(?:es|ed)?|displays?|says?|at|see"
    rf"|there's|it's|that's|amounts? to|comes? to|adds? up to|sums? to|points? (?:at|to)|indicates?|in|value|of|to"
    rf"|peaked in|by)|:|为|是|有|得|共|等于)\s*(?:(?:{_ABOUT}|(?:equal|nearly equal|close"
    rf"|very close) to)\s+){{0,2}}{_SIGN}",
    re.IGNORECASE,
)
_WEAK_VERB = re.compile(rf"\b(?:in|of|to|at|by)\s*(?:{_ABOUT}\s+)?{_SIGN}", re.IGNORECASE)
_LABEL_BEFORE = re.compile(
    r"\b(?:fig(?:ure|\.)?|step|point|table|page|row|column|question|problem|part|case|option|choice|panel|image"
    r"|picture|line|equation|eq\.|section|chapter|item|no\.|number|parcel|box|bar|group|player|team|room|floor"
    r"|level|grade|node|vertex|angle|circle|kind|triangle|day|week|month|round|test|trial|example|lever|class|lane"
    r"|platform|bus|flight|route|highway|gate|model|size|category|cell|sector|region|square|experiment|sample"
    r"|method|version|street|track|house|door|car|ball|candidate|set|graph|chart|curve|series|quarter"
    r"|q)\s*#?\s*\(?$|#\s*$",
    re.IGNORECASE,
)
_TITLE_BEFORE = re.compile(
    r"\b(?:fig(?:ure|\.)?|step|question|problem|part|option|choice|equation|eq\.|section|chapter|example|note|table"
    r"|parcel|method|case)\s*#?\s*\(?$",
    re.IGNORECASE,
)
_PART_BEFORE = re.compile(
    rf"\b(?:out of|from|original(?:ly)?|initial(?:ly)?|start(?:ed|s)? with|of (?:the|all|these|those)"
    rf"|among(?: the)?|instead of|rather than|previous|compared (?:to|with)|versus|vs\.?|than|after|before|until"
    rf"|since|divided by|multiplied by|times|plus|minus|per|every|each|with|on|remaining|other|another)\s*(?:the "
    rf"|a |an |original |total |of |first |last |other |remaining ){{0,3}}(?:{_ABOUT}\s+)?{_SIGN}",
    re.IGNORECASE,
)
_RANGE_END = re.compile(r"\b(?:from\s+\S+(?:\s\S+){0,2}\s+to|between\s+\S+(?:\s\S+){0,2}\s+and)\s*$", re.IGNORECASE)
_BOUND_BEFORE = re.compile(
    rf"(?:\b(?:(?:more|fewer|less|greater|larger|smaller|higher|lower) than|at (?:least|most)|no (?:more|fewer"
    rf"|less) than|not|cannot be|up to)|n't(?: be)?)\s*(?:exactly\s+)?{_SIGN}",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(r"([a-zA-Z])\s*=\s*$")
_WORD_BEFORE = re.compile(r"\b([A-Za-z]{3,})\s*$")
_CLAUSE = re.compile(r"[,;](?=\s)|\b(?:and|while|whereas|but|against)\b")
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:in|since|until|from|to|and|between|year|by|of|for|during|after|before)|[(,])\s*$", re.IGNORECASE
)


def score(text: str, found: list[Quantity], index: int, asked: Asked, marked: bool) -> int:
    """The higher, the more likely it is the answer. After a marker (``marked``) brackets and calculations count less against it."""
    one = found[index]
    before, after = text[max(0, one.start - 60) : one.start], text[one.end : one.end + 60]
    clause = _clause(text, one)
    verb = bool(_VERB_BEFORE.search(before))
    points = (
        (6 + min(3, text[clause[0] : one.start].count("="))) * bool(_EQUALS_BEFORE.search(before))
        - 6 * bool(_EQUALS_AFTER.match(after))
        + 4 * counts(after, asked.counted)
        + (3 - 2 * bool(_WEAK_VERB.search(before))) * verb
        + 3 * _names_asked(before, asked)
        - 8 * bool(_LABEL_BEFORE.search(before))
        - 8 * bool(_TITLE_BEFORE.search(before))
        - 5 * bool(_PART_BEFORE.search(before) or _RANGE_END.search(before))
        - 20 * bool(_BOUND_BEFORE.search(before))
        + 2 * (asked.percent and one.percent)
        + 2 * (asked.unit is not None and one.unit == asked.unit)
        - 4 * (one.form in asked.numbers)  # a number of the question is given, not asked for
    )
    points += _about_it(text[clause[0] : clause[1]], asked)
    if _YEAR.fullmatch(one.form) and one.unit is None and not asked.year and _YEAR_BEFORE.search(before):
        points -= 6
    named = _NAME_BEFORE.search(before)
    if named and (named[1], one.form) in asked.givens:
        points -= 12
    if index:
        points -= 4 * (before.count("(") > before.count(")"))
    if not marked:
        points -= 3 * (one.kind == "formula")
    return points


def counts(after: str, noun: str) -> bool:
    """The counted noun of the question stands within three words."""
    if not noun:
        return False
    stem = noun[: max(3, len(noun) - 2)] if len(noun) > 3 else noun
    return any(word.lower().startswith(stem) for word in re.findall(r"[A-Za-z-]+", after)[:3])


def _names_asked(before: str, asked: Asked) -> bool:
    """A word of the question stands directly before it: "perimeter 26"."""
    found = _WORD_BEFORE.search(before)
    return bool(found and content_stems(found[1]) & asked.stems)


def _clause(text: str, one: Quantity) -> tuple[int, int]:
    """Beginning and end of the clause that ``one`` stands in."""
    cuts = [(cut.start(), cut.end()) for cut in _CLAUSE.finditer(text)]
    start = max((end for _, end in cuts if end <= one.start), default=0)
    return start, min((begin for begin, _ in cuts if begin >= one.end), default=len(text))


def _about_it(clause: str, asked: Asked) -> int:
    """Points for a clause about what was asked; minus for one about another thing: team A, where team B was asked about."""
    points = min(3, len(asked.stems & content_stems(clause)))
    here = {(found[1].casefold(), found[2]) for found in LABELLED.finditer(clause)}
    nouns = {noun for noun, _ in asked.labels}
    return points - 6 if not here & asked.labels and any(noun in nouns for noun, _ in here) else points
