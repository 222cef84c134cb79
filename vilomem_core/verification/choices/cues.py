"""The words around an option letter by which it is chosen, described, or kept as an alternative."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import CONCLUSION


@dataclass(frozen=True, slots=True)
class LetterRef:
    """One mention of an option letter. ``plain``: a bare capital, without brackets and without the word "option"."""

    letter: str
    start: int
    end: int
    plain: bool


_FILLER = one_of(
    "letter: filler",
    {"(?:most )?likely": "most likely ", "an?": "an ", "labell?ed": "labelled "}
    | plain_rows(
        "clearly|definitely|probably|certainly|obviously|surely|still|only|just|simply|the|my|our|with|for|option|choice|letter"
        "|answer|alternative|marked|called|as|in|by|therefore|thus|then|correct|right|best|final|is|it|number|one|that|of|again",
        "{} ",
    ),
    before=r"\b",
    after=r"\s+",
).pattern
_TO_LETTER = rf"[\s,:]*(?:{_FILLER}){{0,4}}[\"'(\[]*$"
# directly before the letter that is chosen
_CHOOSES = one_of(
    "letter: chosen before",
    {
        "(?:looks|seems) like": "it looks like ",
        "correspond(?:s?|ing) to": "it corresponds to ",
        "match(?:es|ed|ing)?": "it matches ",
        "point(?:s?|ing) (?:to|towards?|at)": "it points to ",
        "indicat(?:es?|ing)": "it indicates ",
        "suggests?": "it suggests ",
        "supports?": "it supports ",
        "leav(?:es?|ing)": "it leaves ",
        "remain(?:s|ing)?": "there remains ",
        "giv(?:es?|ing)": "it gives ",
        "yields?": "it yields ",
        "choos(?:e|ing)": "I choose ",
        "pick(?:ing|ed)?": "I picked ",
        "select(?:ing|ed)?": "I select ",
        "(?:go(?:ing)?|went) (?:with|for)": "I am going with ",
        "answer(?:ing)?": "I answer ",
        "settl(?:e|ing) (?:on|for)": "I settle on ",
        "opt(?:ing)? for": "I opt for ",
        "vot(?:e|ing) for": "I vote for ",
        "stick(?:ing)? with": "I stick with ",
        "goes (?:to|with)": "it goes to ",
        "belongs? to": "it belongs to ",
        "listed (?:as|under)": "listed under ",
        r"i\.e\.": "i.e. ",
        "favou?rs?": "it favours ",
        "confirms?": "it confirms ",
        "makes?": "it makes ",
    }
    | plain_rows(
        "is|are|was|be|it's|that's|means|chose|say|namely|conclude|guess|prefer|take|i think|i believe|call it", "now {} "
    ),
    before=r"\b",
    after=_TO_LETTER,
    unframed={
        CONCLUSION + _TO_LETTER: "so ",
        r"[→⇒:=是为选]" + _TO_LETTER: "x = ",
        r"(?<=\S\s)[—–-]" + _TO_LETTER: "the second one - ",
    },
)
# directly after it
_IS_CHOSEN = one_of(
    "letter: chosen after",
    {r"match\w*": " is matching", r"it\b": " is it", r"is\b": ". It is", r"one\b": " is the one"}
    | plain_rows(
        "correct|right|answer|best|true|winner|solution|confirmed|valid|likely|plausible|choice|final|accurate|suitable|appropriate|fit"
        "|left|remaining",
        ") is {}",
    ),
    before=r"^[)\]\"'.:]*\s*(?:(?:is|seems|looks|appears|must be|has to be|remains|stays|would be|it)\s+)"
    r"(?:(?:to be|clearly|definitely|therefore|thus|certainly|indeed|still|then)\s+)?(?:the\s+|my\s+)?(?:only\s+|most\s+|best\s+"
    r"|one\s+)?",
    unframed={
        r"^[)\]\"']*\s+(?:is|does|did|can|will)\W*$": " does.",
        r"^[)\]\"']*\s+(?:remains|is all that (?:remains|is left))\b": ") remains",
        r"^[)\]\"']*\s+has the (?:right|correct|required|same|matching)\b": " has the same length",
        r"^[)\]\"']*\s+(?:fits|matches|wins|works|holds|stands|it is|satisfies|meets|completes"
        r"|that (?:is|fits|blocks|shows|matches|has))\b": ") fits the outline",
        r"^[)\]]*\s*(?:是?正确|符合|对)": ")正确",
    },
)
_DESCRIBES = one_of(
    "letter: described",
    plain_rows(
        "are|were|have|had|do|can|would|will|show|look|seem|keep|contain|represent|depict|display|decline|grow|rise|fall", " {}"
    )
    | {r"\w+s": " lies above"},
    before=r"^[)\]\"'.:]*\s*",
    after=r"\b",
    flags=re.NOFLAG,
)
_POSSIBLE = re.compile(
    r"\b(?:might|may|could|can) (?:also |well |just )?be\W{0,3}(?:option |\()?$"
    r"|\b(?:maybe|perhaps|possibly)\W{0,3}(?:option |\()?$",
    re.IGNORECASE,
)
_OR = re.compile(
    r"^[\s)\]\"',.]*(?:\([^()]*\)\s*)?(?:or|and/or|/|\||或者?|还是|or maybe|or perhaps|maybe|possibly"
    r"|perhaps)(?:\s+(?:maybe|perhaps|possibly|even|option|choice|is it|it's))*[\s(\[\"']*$",
    re.IGNORECASE,
)
_AND = re.compile(r"^[\s)\]\"']*(?:and|&|,|和|与|as well as|plus)(?:\s+(?:option|choice))?[\s(\[\"']*$", re.IGNORECASE)
_ALL_BUT = re.compile(
    r"\b(?i:everything|all(?: of them| options)?|every option|none)\s+(?i:but|except(?: for)?|save|other than)\s+"
    r"(?:option\s+)?[(\"']?(?P<letter>[A-Z])\b[)\"']?.{0,40}"
    r"\b(?i:ruled out|excluded|eliminated|wrong|incorrect|discarded|fits?|impossible)\b"
)
_APPROVED = re.compile(
    r"^\W*(?:option\s+)?[(\[]?(?P<letter>[A-Z])[)\].:\s].*(?:[,:;–—-]\s*|\bso |\bis )(?:yes|correct|right|true|ok"
    r"|fits|matches|this is it|this one)\W*$|^\W*(?:option\s+)?[(\[]?(?P<ticked>[A-Z])[)\].:\s].*[✓✔✅]\W*$",
    re.IGNORECASE,
)
LEADING = re.compile(
    r"^\W*?(?:(?:option|choice|answer|letter|alternative|选项|答案|选|is)\W*\s*)?"
    r"[(\[<{\"']{0,2}\s*(?P<letter>[A-Za-z])(?![A-Za-z0-9]|'\w)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\W*(?:option|choice)\s+[(\[]?(?P<named>[A-Z])\b"
    r"|^\W*[(\[]?(?P<letter>[A-Z])(?:[)\].:]|\s[-–—]|\s+\([^()]{1,80}\))",
    re.IGNORECASE,
)
_LEADS = re.compile(r"^\W*(?:(?:option|choice|answer|letter|alternative|the|is|选项|答案|选)\W+)*$", re.IGNORECASE)
_ROMAN = re.compile(r"\s*,?\s*(?:and\s+)?(?:I{2,3}|IV|V)\b")
_LABEL_END = re.compile(r"\s*[.)\]:;,|]|\s+[-–—→(]|\s*[—–→(]|\s*\n|[、。，]|[\u4e00-\u9fff]")
REVIEWED = 40  # statements that are looked at to see whether the options are gone through one by one


def is_chosen(text: str, ref: LetterRef) -> bool:
    """The words before or after the letter choose it."""
    return bool(_CHOOSES.search(text[: ref.start]) or _IS_CHOSEN.match(text[ref.end :]))


def is_subject(text: str, ref: LetterRef) -> bool:
    """A remark follows that says something of the letter, and does not choose it."""
    return bool(_DESCRIBES.match(text[ref.end :])) and not _IS_CHOSEN.match(text[ref.end :])


def is_possible(text: str, ref: LetterRef) -> bool:
    """The letter is only said to be possible: "it might be A"."""
    return bool(_POSSIBLE.search(text[: ref.start]))


def kept_beside(text: str, first: LetterRef, second: LetterRef) -> bool:
    """Two letters with nothing but "or" or "and" between them."""
    between = text[first.end : second.start]
    return bool(_OR.match(between) or _AND.match(between))


def singled_out(text: str) -> str | None:
    """The letter of "everything but D can be ruled out" and of "C: three teeth, yes"."""
    found = _APPROVED.match(text)
    if found:
        return (found["letter"] or found["ticked"]).upper()
    all_but = _ALL_BUT.search(text)
    return all_but["letter"] if all_but else None


def ends_label(letter: str, rest: str, strict: bool) -> bool:
    """What follows a bare letter shows that it is a label: nothing, punctuation, or a word that no article or pronoun has
    after it.
    """
    if letter.islower() and rest.startswith("("):
        return False  # n(n-1) is a product
    if letter == "I" and _ROMAN.match(rest):
        return False
    if not rest.strip() or _LABEL_END.match(rest):
        return not (letter in "aI" and rest.lstrip().startswith("("))
    if letter in "AI":
        return bool(re.match(r"\s+(?:because|since|as|is|or|and|seems|fits|matches|it)\b", rest))
    return letter.isupper() and (not strict or bool(re.match(r"\s+[a-z]", rest)))


def reviews(statement: Statement, following: Sequence[Statement]) -> bool:
    """The options are gone through one by one: other statements begin with other labels."""
    first = LEADING.match(statement.text)
    labels = [found["letter"] or found["named"] for later in following[:REVIEWED] if (found := _LABEL.match(later.text))]
    return first is not None and bool({label.upper() for label in labels} - {first["letter"].upper()})


def stands_free(text: str, ref: LetterRef) -> bool:
    """A bare capital at the end of the statement or of a clause, where a sentence has no letter unless it is the answer."""
    return bool(re.match(r"[\s.!:)\]\"']*$|\s*[,;(—–]", text[ref.end :]) or _LEADS.match(text[: ref.start]))
