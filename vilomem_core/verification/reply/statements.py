"""A text cut into statements (sentences, and lines where there are no sentences), and at its retractions into segments."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.reply.clean import vocabulary


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence or line. ``start`` is its place in the text, ``line`` counts from 0; ``alone``: nothing else stands on its
    line.
    """

    text: str
    start: int
    line: int
    alone: bool


_END = re.compile(r"(?<![.!?])[.!?]++[\"')\]]*+(?=\s)|[。！？；]+[\"')\]]*|;(?=\s)(?!\s+[a-zA-Z]\s*=)")
_SAYS_SOMETHING = re.compile(r"\w|[∞∅√π°]")
_LAST_WORD = re.compile(r"([^\s(]+)$")
_ABBREVIATIONS = vocabulary(
    "i.e e.g eg ie etc approx ca cf vs fig figs eq eqs no nr vol mr mrs ms dr prof st mt ft sq al resp incl min ",
    "max dept est jan feb mar ",
    "apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun u.s u.k u.s.a a.m p.m a.k.a ph.d inc ltd co jr sr viz",
)
_LAST_OF_SENTENCE = vocabulary("ft etc no st min max a.m p.m co u.s u.k u.s.a al")
LONGEST_WORD = 40  # characters; bounds how far back a label or an abbreviation is looked for
_LABEL = re.compile(r"[(\[]?(?:[A-Za-z]|\d{1,2}|[ivx]{1,4})$")


def statements(text: str) -> tuple[Statement, ...]:
    """The statements of ``text`` in order, without empty ones.

    A full stop ends a statement only before a blank, and not after an abbreviation or after a label at the beginning ("B. 14 cm").
    """
    found, offset = [], 0
    for number, line in enumerate(text.split("\n")):
        parts = [(start, part) for start, part in _sentences(line) if _SAYS_SOMETHING.search(part)]
        found += [Statement(part, offset + start, number, len(parts) == 1) for start, part in parts]
        offset += len(line) + 1
    return tuple(found)


def _sentences(line: str) -> list[tuple[int, str]]:
    cuts = [0]
    for end in _END.finditer(line):
        if line[end.start()] == ";" and _is_open(line[cuts[-1] : end.start()][-LONGEST_WORD:]):
            continue  # the point (1; 2)
        if line[end.start()] != "." or not _goes_on(line, cuts[-1], end.start(), end.end()):
            cuts.append(end.end())
    pairs = zip(cuts, [*cuts[1:], len(line)], strict=True)
    return [(start + len(line[start:stop]) - len(line[start:stop].lstrip()), line[start:stop].strip()) for start, stop in pairs]


def _is_open(text: str) -> bool:
    return sum(map(text.count, "([")) > sum(map(text.count, ")]"))


def _goes_on(line: str, start: int, stop: int, following: int) -> bool:
    """The full stop at ``stop`` ends no statement: it belongs to an abbreviation, or to a label at the beginning (``start``)."""
    before = line[max(start, stop - LONGEST_WORD) : stop]
    word = _LAST_WORD.search(before)
    if word is None:
        return not before.strip()
    if stop - start <= LONGEST_WORD and before.strip() == word[1] and _LABEL.fullmatch(word[1]):
        return True
    stem = word[1].lower().lstrip("([\"'")
    # "2 ft. The next" ends a statement, "approx. 12" does not
    capital = line[following : following + 3].lstrip()[:1].isupper()
    return stem in _ABBREVIATIONS and not (capital and stem in _LAST_OF_SENTENCE)


# cues stand at the beginning of a statement or clause; "passengers wait" and "an actually tall bar" are no cues
_AT = (
    r"(?:(?:^|(?<=[\n.!?。！？;,:…)\]—–-]))[ \t]*"
    r"(?:(?:but|oh|no|hmm+|ah|uh|um|ok(?:ay)?|yet|however|or|well|and|so|hm)\b[ \t,.…-]*){0,3})"
)
_AGAIN = r"re-?(?:check|count|compute|calculate|consider|do|examine|read|think|evaluate|visit|trace|measure)"
_STRONG = one_of(
    "retraction",
    {
        r"hmm+\b": "12? Hmm",
        r"(?=(?:it|that|the answer) (?:should|must) (?:actually |rather )?be\b[^.\n]{0,60}\binstead\b)": "It should be 7 instead.",
        r"wait(?:,| a| no|\.|!|:|…| -| —|-|$)": "But wait, it is 7.",
        r"(?:oops|whoops|my mistake|my bad)\b": "Oops! It is 7.",
        "i (?:made|see|have made|notice|spotted?) (?:a|an|my|the) (?:small |slight |sign |silly |counting |arithmetic )?"
        "(?:mistake|error|slip)": "I made a small slip.",
        "i (?:was|am) (?:wrong|mistaken)": "I was wrong.",
        "i (?:mis(?:read|counted|spoke|took|judged|calculated|looked|identified)|overlooked|forgot|missed|take (?:that|it) back)": (
            "I misread it."
        ),
        r"(?:let me|i(?:'ll| will| should| need to| must)|let's|we (?:should|need to|must)) "
        rf"(?:{_AGAIN}|(?:look|count|try|think) again|start over|correct (?:that|this|myself)|fix (?:that|this))": "Let me recount.",
        "(?:edit(?:ed)?|updated?|revised?|revision|better):": "Edit: 7",
        "looking (?:again|closer|more closely)": "Looking closer, it is 7.",
        r"(?:on|upon|after) (?:re-?(?:check|count|read|exam|consider|think|look|view|evalu|inspect)\w*|closer|a (?:closer|second"
        r"|further))\b": "On closer inspection, it is 7.",
        "that(?:'s| is| was| would be| can't be| cannot be) (?:not (?:right|correct|it)|wrong|incorrect|a mistake|an error)": (
            "That's not it."
        ),
        r"re-?(?:checking|counting|reading|examining|considering)\b": "Recounting: 7",
        "i change my (?:mind|answer)|changing my (?:mind|answer)": "I change my mind.",
        "on (?:second thoughts?|reflection)": "On reflection, it is 7.",
    }
    | plain_rows("hold on|hang on|scratch that|strike that|erratum|sorry,|i correct myself", "It is 6. {} it is 7")
    | {
        rf"{words}\b": f"It is 6. {words} it is 7"
        for words in ("correction", "not quite", "make that", "or rather", "nope", "i mean", "i meant")
    },
    before=_AT,
    unframed={
        r"(?<=[?…])\s*no\b(?=[.,:;!—–-]| it| that)": "Is it 6? No, it is 7.",
        r"(?<=[.,…—–-])\s*no\b(?=[,:—–]|\s+-)": "It is 6, no, 7.",
        r"\bno,? wait\b": "It is 6 no wait 7.",
        r"\(no\b[,:]": "It is 6 (no, 7).",
        "重新[看数算计检考审来]": "我重新数",
        "再[看数算检想]": "我再看",
        "我[看数算弄]错了": "我看错了",
    }
    | plain_rows("等等|等一下|不对|更正|哦不|不,|抱歉|纠正"),
    flags=re.IGNORECASE | re.MULTILINE,
)
_WEAK = one_of(
    "second look",
    {
        "let me (?:double[- ]?check|verify|confirm|check)": "Let me verify it.",
        r"(?:double[- ]?)?checking\b": "Checking: 3 + 4 = 7.",
        "to verify|verif(?:ication:|ying)": "Verification: 3 + 4 = 7.",
        r"actually\b": "Actually, it is 7.",
    },
    before=_AT,
    unframed=plain_rows("其实|实际上"),
    flags=re.IGNORECASE | re.MULTILINE,
)
CUE = re.compile(rf"(?P<strong>{_STRONG.pattern})|(?P<weak>{_WEAK.pattern})", re.IGNORECASE | re.MULTILINE)

_CONFIRMS = one_of(
    "confirmation",
    {
        "confirm(?:s|ed)?": "This confirms it.",
        "still (?:holds|right|correct|the same|get|gives?)": "That still holds.",
        "checks? out": "It checks out.",
        "same (?:answer|result|value|number|count)": "The same result.",
        "(?:is|was|that's|it's) (?:indeed )?(?:right|correct|fine|consistent)": "That is right.",
        "as (?:before|stated|i said)": "7, as I said.",
    }
    | plain_rows("stands|yes|indeed|agrees|matches"),
    before=r"\b",
    after=r"\b",
    unframed=plain_rows("✓|✔|没错|正确|无误|一致"),
)
_DOUBTS = one_of(
    "doubt",
    {
        _AGAIN.replace("|read", ""): "Let me recount.",
        "mistaken?": "There is a mistake.",
        r"again\b": "Look again.",
        "(?:can't|cannot) be": "That cannot be.",
        "not (?:right|correct|quite|it|consistent|sure)": "That is not quite it.",
    }
    | plain_rows("wrong|incorrect|error|miscount|misread|overlook"),
    before=r"\b",
    unframed={
        "n't (?:right|correct|match|fit|work|add up|make sense)": "It doesn't fit.",
        "再[看数算检想]": "我再看",
    }
    | plain_rows("不对|错|重新"),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """What was said from one retraction to the next. ``opened_by`` is "" at the beginning, else "strong" or "weak".

    ``text`` has the words of the retraction in it, ``body`` has not; ``statements`` are those of ``body``.
    """

    body: str
    statements: tuple[Statement, ...]
    opened_by: str
    text: str

    @property
    def confirms(self) -> bool:
        """It says that what came before is right."""
        return bool(_CONFIRMS.search(self.text))

    @property
    def doubts(self) -> bool:
        """It says that what came before is wrong or has to be looked at again; also when it breaks off at once."""
        return self.opened_by == "strong" and (bool(_DOUBTS.search(self.text)) or len(self.text.split()) <= 3)


_ANSWERED_NO = re.compile(r"\W*no\b\W*(?=\w)", re.IGNORECASE)


def _taken_back(cue: re.Match[str]) -> int:
    """Where the text that ``cue`` takes back ends. In "No... wait, yes" the first word is an answer, not a part of the cue."""
    answered = _ANSWERED_NO.match(cue[0]) if not cue.start() else None
    return answered.end() if answered else cue.start()


MAX_SEGMENTS = 60  # a loop of "wait" needs no more; the last ones count


def segments(text: str) -> tuple[Segment, ...]:
    """``text`` cut at its retractions, in order; there is always at least one segment."""
    # what stands before a cue is taken back; at the very beginning there is nothing to take back
    cues = [cue for cue in CUE.finditer(text) if text[: _taken_back(cue)].strip(" \n.,:;!?\"'")][-MAX_SEGMENTS:]
    ends = [_taken_back(cue) for cue in cues] + [len(text)]
    found = [Segment(text[: ends[0]], statements(text[: ends[0]]), "", text[: ends[0]].strip())]
    for cue, end in zip(cues, ends[1:], strict=True):
        # "no" is a word of the answer where the question is a yes/no question; other cues say nothing about the matter
        body = text[cue.start() if "no" in cue[0].lower().split() else cue.end() : end].lstrip(" \t,.:;!…—–-")
        found.append(Segment(body, statements(body), "strong" if cue["strong"] else "weak", text[cue.start() : end].strip()))
    return tuple(found)
