"""What a question says about the form of its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vilomem_core.verification.numbers.number_words import with_digits
from vilomem_core.verification.numbers.units import Unit, asked_unit
from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.reply.clean import content_stem_set


@dataclass(frozen=True, slots=True)
class Asked:
    """``percent``: a number of per cent is asked for; ``fraction``: a fraction, share, ratio or probability; ``magnitude``:
    the unit is a
    thousand, million or billion of something; ``year``: a year; ``exact``: no decimal approximation; ``order``: a list in order;
    ``yes_no``: the answer is yes or no; ``unit``: the unit that the question fixes; ``counted``: the noun after "how many";
    ``givens``: names and their values in the question (x = 4); ``labels``: nouns and the letters or numbers that
    tell them apart (team B); ``stems``: its content words; ``numbers``: the digits in it."""

    percent: bool
    fraction: bool
    magnitude: int
    year: bool
    exact: bool
    order: bool
    yes_no: bool
    unit: Unit | None
    counted: str
    givens: frozenset[tuple[str, str]] = frozenset()
    labels: frozenset[tuple[str, str]] = frozenset()
    stems: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


_PERCENT = re.compile(r"\bpercent(?:age)?\b(?! points?)|\bper cent\b(?! points?)|%|百分(?!点)", re.IGNORECASE)
_FRACTION = one_of(
    "asked: fraction",
    plain_rows("fraction|proportion|probability|ratio|chance|odds|likelihood|quotient|share|slope", "what {} is it"),
    before=r"\b",
    after=r"\b",
    unframed=plain_rows("概率|比例|分数|几分之"),
)
_AS_PERCENT = re.compile(r"\b(?:as an?|in)\s+per\s?cent(?:age)?\b|\b(?:in|as) %|\(\s*(?:in )?%\s*\)", re.IGNORECASE)
_AS_FRACTION = re.compile(
    r"\b(?:what|which) (?:fraction|proportion)\b|\bas an? (?:\w+ )?(?:fraction|decimal)\b|\bprobability\b", re.IGNORECASE
)
_MAGNITUDE = re.compile(
    r"(?:\bin|\(in|\(|\bhow many|\bnumber of)\s*(?:the |us |u\.s\. )?[$€£¥]?\s*(?:(?:dollars|euros|usd|eur|pounds"
    r"|people|units|tonnes|tons)\s*\(?(?:in )?)?(?P<word>thousands?|millions?|billions?|trillions?|bn|mn|mln|mio"
    r"|k)\b|[$€£]\s?(?P<sign>bn|mn|m|k)\b",
    re.IGNORECASE,
)
_FACTORS = {"t": 10**3, "k": 10**3, "m": 10**6, "b": 10**9}
_YEAR = re.compile(
    r"\b(?:which|what) year\b|\bin (?:which|what) years?\b|\bwhen\b|\byear (?:did|was|is|had|does)\b|哪.?年|年份", re.IGNORECASE
)
_EXACT = one_of(
    "asked: exact",
    {r"\bexact(?:ly)?\b": "the exact length", "simplest (?:radical|form)": "the simplest form"}
    | plain_rows("in terms of|radical form|surd|as a fraction|closed form|simplified|in simplest|用π|精确", "give it {}"),
)
_ORDER = one_of(
    "asked: order",
    {
        r"from (?:the )?\w+est to": "from the heaviest to",
        r"(?:largest|smallest|highest|lowest|first|tallest|shortest|left|top|bottom|right) to (?:the )?\w+": "left to right",
        "from (?:left|top|bottom|right|first)": "beginning from left",
    }
    | plain_rows("order|rank|sort|arrange|sequence|ascending|descending|chronological", "{} the bars"),
    before=r"\b",
    after=r"\b",
    unframed={"按.*(?:顺序|排)": "按顺序写", "从.*到.*排": "从小到大排", "依次": "依次写"},
)
_POLAR = re.compile(
    r"(?:^|[.!?:,;\n]\s*)\W*(?:is|are|am|was|were|do|does|did|can|could|has|have|had|will|would|should|must|may"
    r"|isn't|aren't|doesn't|don't|didn't)\s+(?!not\b.*\bor\b)[^?]*\?",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    r"\byes\s*(?:or|/|and|,)\s*no\b|\btrue\s*(?:or|/)\s*false\b|['\"]yes['\"]|吗[?？]?|是否|是不是|对不对|有没有", re.IGNORECASE
)
_COUNTED = re.compile(
    r"\bhow many\s+(?P<noun>(?:(?!more\b|fewer\b|less\b|times\b|of\b)[a-z-]+\s+){0,4}?[a-z-]+)(?=\s+(?:are|is|were"
    r"|was|do|does|did|can|could|has|have|had|will|would|in|on|at|of|with|from|to|for|that|which|remain|left|there"
    r"|must|should|make|fit|be|has|appear|lie|stand|got|took|chose|passed|need|you|we|they|he|she|it|the)\b"
    r"|\s*[?.,]|$)",
    re.IGNORECASE,
)


LABELLED = re.compile(r"\b([A-Za-z]{3,})\s+([A-Z]|\d{1,4})\b(?!')")
_GIVEN = re.compile(r"\b([a-zA-Z])\s*=\s*(-?\d+(?:\.\d+)?)")


def asked(question: str) -> Asked:
    """What ``question``, a cleaned text, asks for."""
    magnitude = _MAGNITUDE.search(question)
    word = (magnitude["word"] or magnitude["sign"]).lower() if magnitude else ""
    percent = bool(_AS_PERCENT.search(question) or (_PERCENT.search(question) and not _AS_FRACTION.search(question)))
    counted = _COUNTED.search(question)
    return Asked(
        percent=percent,
        fraction=bool(_FRACTION.search(question)) and not percent,
        magnitude=(10**12 if word.startswith("tr") else _FACTORS[word[0]]) if word else 1,
        year=bool(_YEAR.search(question)),
        exact=bool(_EXACT.search(question)),
        order=bool(_ORDER.search(question)),
        yes_no=bool(_YES_NO.search(question) or (_POLAR.search(question) and not re.search(r"\bor\b", question))),
        unit=asked_unit(question),
        givens=frozenset((given[1], given[2]) for given in _GIVEN.finditer(question)),
        labels=frozenset((found[1].casefold(), found[2]) for found in LABELLED.finditer(question)),
        stems=content_stem_set(question),
        numbers=frozenset(re.findall(r"\d+(?:\.\d+)?", with_digits(question))),
        counted=counted["noun"].split()[-1].lower() if counted else "",
    )
