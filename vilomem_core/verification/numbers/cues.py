"""How likely each quantity of a statement is the answer, from the words around it; and what stands between two quantities."""

from __future__ import annotations

import re

from vilomem_core.verification.asked import LABELLED, Asked
from vilomem_core.verification.mathematics.tree import nearly
from vilomem_core.verification.numbers.quantities import MAX_QUANTITIES, Quantity
from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.reply.clean import content_stem_set

REJECTED = -10  # at or below this the quantity is no answer at all
ROUNDED_WITHIN = 0.02  # relative; no one rounds further than that

# --- tables of what stands directly before a quantity, its sign, currency or bracket ------------------------------------------------

_SIGN = r"\s*[$€£¥(]*\s*$"
_ABOUT = one_of(
    "number: about",
    plain_rows("about|approximately|roughly|around|exactly|nearly|almost|only|just") | {r"approx\.?": "approx."},
    after=r"(?!\w)",
).pattern
_TO_NUMBER = rf"\s*(?:{_ABOUT}\s+)?{_SIGN}"
_EQUALS_BEFORE = one_of("number: equals", plain_rows(r"=|≈|≅|≃|~|\\approx|\\simeq|→|=>|⇒|->", "2 + 3 {} "), after=_TO_NUMBER)
_PREPOSITIONS = plain_rows("in|of|to|at|by", "it comes {} ")
_WEAK_VERB = one_of("number: preposition", _PREPOSITIONS, before=r"\b", after=_TO_NUMBER)
_VERB_BEFORE = one_of(
    "number: verb",
    plain_rows("is|are|was|were|be|been|get|got|have|has|had|see|value", "they {} ")
    | plain_rows(
        "equal|read|show|give|make|leave|remain|total|contain|measure|cost|weigh|become|display|say|indicate", "it {}s ", "{}s?"
    )
    | {"counts?|counted": "I counted ", "reach(?:es|ed)?": "it reached ", "(?:there|it|that)'s": "that's "}
    | _PREPOSITIONS,
    before=r"\b",
    after=rf"\s*(?:{_ABOUT}\s+){{0,2}}{_SIGN}",
)
_COLON_BEFORE = one_of("number: colon", plain_rows(":|为|是|有|得|共|等于", "总数{}"), after=_TO_NUMBER)
_TITLES = plain_rows("step|question|problem|part|option|choice|section|chapter|example|note|table|method|case", "the {} ") | {
    r"fig(?:ure|\.)?": "see Fig. ",
    r"eq(?:uation|\.)": "by equation ",
}
_LABELS = plain_rows(
    "point|page|row|column|panel|image|picture|line|item|number|box|bar|group|player|team|room|floor|level|grade|node|vertex|angle"
    "|circle|shape|triangle|day|week|month|round|test|class|lane|track|platform|bus|route|model|size|category|cell|region|square"
    "|street|house|door|car|ball|set|graph|chart|quarter",
    "the {} ",
)
_TITLE_BEFORE = one_of("number: title", _TITLES, before=r"\b", after=r"\s*#?\s*\(?$")
_LABEL_BEFORE = one_of(
    "number: label", _TITLES | _LABELS | {r"no\.": "no. "}, before=r"\b", after=r"\s*#?\s*\(?$", unframed={r"#\s*$": "the # "}
)
_PART_BEFORE = one_of(
    "number: part",
    plain_rows(
        "out of|from|among|instead of|previous|than|after|before|until|since|times|plus|minus|per|every|each|with|on", "it {} "
    )
    | plain_rows("remaining|other|another", "the {} ")
    | {
        "original(?:ly)?": "originally ",
        "initial(?:ly)?": "the initial ",
        "of (?:the|all|these|those)": "of these ",
        "compared to": "compared to ",
        r"versus|vs\.?": "it is 5 vs. ",
        "(?:divided|multiplied) by": "divided by ",
    },
    before=r"\b",
    after=rf"\s*(?:the |a |an |original |total |of |first |last |other |remaining ){{0,3}}(?:{_ABOUT}\s+)?{_SIGN}",
)
_RANGE_END = one_of(
    "number: end of a range",
    {r"from\s+\S+(?:\s\S+){0,2}\s+to": "it rose from 3 to", r"between\s+\S+(?:\s\S+){0,2}\s+and": "it lies between 3 and"},
    before=r"\b",
    after=r"\s*$",
)
_BOUND_BEFORE = one_of(
    "number: bound",
    plain_rows("more|fewer|less|greater|larger|smaller|higher|lower", "{} than ", "{} than")
    | plain_rows("at least|at most|not|cannot be|up to", "it is {} "),
    before=r"\b",
    after=rf"\s*(?:exactly\s+)?{_SIGN}",
    unframed={rf"n't(?: be)?\s*(?:exactly\s+)?{_SIGN}": "there aren't "},
)
_YEAR_BEFORE = one_of(
    "number: year",
    plain_rows("in|since|until|from|to|and|between|year|by|of|for|during|after|before", "it was {} "),
    before=r"\b",
    after=r"\s*$",
    unframed={r"[(,]\s*$": "5 pupils ("},
)
_CLAUSE = one_of(
    "number: clause",
    plain_rows("and|while|whereas|but|against", "it fell {} then"),
    before=r"\b",
    after=r"\b",
    unframed={r"[,;](?=\s)": "it fell, then"},
)

# --- tables of what follows a quantity, and of what stands between two --------------------------------------------------------------

_EQUALS_AFTER = one_of("number: equals after", plain_rows(r"=|≈|≅|\\approx|→|⇒|->", " {} 5"), before=r"^\s*[)]?\s*")
_APPROXIMATES = one_of(
    "number: approximates",
    plain_rows("about|approximately|approx|roughly", "is {} 5"),
    before=r"\b",
    after=r"\b",
    unframed=plain_rows(r"≈|≅|≃|~|\\simeq", " {} "),  # \approx has the word in it
)
_LINK = one_of(
    "number: link",
    plain_rows(r"=|≈|≅|≃|~|\\approx|\\simeq|which is|or", " {} ") | {r"i\.e\.,?": ", i.e. ", "that is,?": ", that is, "},
    before=r"^[\s,()]*(?:",
    after=r")?\s*(?:about|approximately|approx\.?|roughly)?[\s,()$€£]*$",
)
_ALTERNATIVE = one_of(
    "number: alternative",
    plain_rows("or|maybe|perhaps|possibly", " cm {} ", r"\b{}\b") | plain_rows("还是|也可能") | {"或者?": "或者"},
    before=r"^[\s,()\w°%/^$€£-]{0,24}?",
    after=r"[\s,(]*(?:maybe|perhaps|possibly|even|is it|it is|it's|could be)?[\s$€£(]*$",
)
_BETWEEN = one_of("number: between", plain_rows("between|from", "it is {} "), before=r"\b", after=r"\s*[$€£]?\s*$")
_RANGE_LINK = one_of(
    "number: range",
    plain_rows("and|to|至|到", " {} "),
    before=r"^\s*",
    after=r"\s*[$€£]?\s*$",
    unframed={r"^[-–—~][$€£]?\s*$": "–"},
)
_NAME_BEFORE = re.compile(r"([a-zA-Z])\s*=\s*$")
_WORD_BEFORE = re.compile(r"\b([A-Za-z]{3,})\s*$")
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")


def score(text: str, found: list[Quantity], index: int, asked: Asked, marked: bool) -> int:
    """The higher, the more likely it is the answer. After a marker (``marked``) brackets and calculations count less against it."""
    one = found[index]
    before, after = text[max(0, one.start - 60) : one.start], text[one.end : one.end + 60]
    clause = _clause(text, one)
    verb = bool(_VERB_BEFORE.search(before) or _COLON_BEFORE.search(before))
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
    return bool(found and content_stem_set(found[1]) & asked.stems)


def _clause(text: str, one: Quantity) -> tuple[int, int]:
    """Beginning and end of the clause that ``one`` stands in."""
    cuts = [(cut.start(), cut.end()) for cut in _CLAUSE.finditer(text)]
    start = max((end for _, end in cuts if end <= one.start), default=0)
    return start, min((begin for begin, _ in cuts if begin >= one.end), default=len(text))


def _about_it(clause: str, asked: Asked) -> int:
    """Points for a clause about what was asked; minus for one about another thing: team A, where team B was asked about."""
    points = min(3, len(asked.stems & content_stem_set(clause)))
    here = {(found[1].casefold(), found[2]) for found in LABELLED.finditer(clause)}
    nouns = {noun for noun, _ in asked.labels}
    return points - 6 if not here & asked.labels and any(noun in nouns for noun, _ in here) else points


# --- two quantities ----------------------------------------------------------------------------------------------------------------


def linked(text: str, first: Quantity, second: Quantity) -> bool:
    """Nothing but "=", "about" or "that is" stands between them."""
    return bool(_LINK.match(text[first.end : second.start]))


def approximate_pair(text: str, exact: Quantity, rounded: Quantity) -> bool:
    """Two writings of one value, the second an approximation of the first."""
    between = text[exact.end : rounded.start]
    if exact.number is None or rounded.number is None or not linked(text, exact, rounded):
        return False
    if not _APPROXIMATES.search(between) and exact.kind == "number":
        return False
    one, other = (part.number / (100 if part.percent else 1) for part in (exact, rounded) if part.number is not None)
    return one != other and nearly(one, other, ROUNDED_WITHIN)


def alternative(text: str, found: list[Quantity], index: int, ratio: bool) -> Quantity | None:
    """Another quantity that stands beside the chosen one as an alternative or as the other end of a range."""
    for other in (found[index - 1] if index else None, found[index + 1] if index + 1 < len(found) else None):
        if other is None or other.number == found[index].number:
            continue
        first, second = sorted((other, found[index]), key=lambda one: one.start)
        between = text[first.end : second.start]
        if _ALTERNATIVE.search(between) and not approximate_pair(text, first, second):
            return other
        before = text[max(0, first.start - 12) : first.start]
        if (
            _RANGE_LINK.match(between)
            and "from" not in before.lower()
            and (_BETWEEN.search(before) or ("and" not in between and not ratio))
        ):
            return other
    return None


def is_enumeration(text: str, found: list[Quantity]) -> bool:
    """The text ends in a run of four numbers or more that are only counted off."""
    if len(found) >= MAX_QUANTITIES:
        return True
    run = 1
    for first, second in zip(found[-2::-1], found[:0:-1], strict=False):
        if not re.fullmatch(r"\s*(?:,|\s|;|and|、)\s*", text[first.end : second.start]):
            break
        run += 1
    return run >= 4 and not re.search(r"[A-Za-z]{3}", text[found[-1].end :])
