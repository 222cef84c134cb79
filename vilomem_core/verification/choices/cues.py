"""The words around an option letter by which it is chosen, ruled out, described, or kept as an alternative."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import CONCLUSION


@dataclass(frozen=True, slots=True)
class LetterRef:
    """One mention of an option letter. ``plain``: a bare capital, without brackets and without the word "option"."""

    letter: str
    start: int
    end: int
    plain: bool


NEGATED_BEFORE = re.compile(
    r"(?:\b(?:not|never|neither|nor|cannot|(?:anything|everything|all|any(?: option| choice)?) but|except|without|rather than|instead of|other than|excluding|unlike"
    r"|eliminat\w*|rul(?:e|es|ed|ing) out|rule|reject\w*|discard\w*|exclud\w*|dismiss\w*|drop\w*|cross(?:ed|es"
    r"|ing)? out|wrong|incorrect|false|no longer|doubt|against)\b|n't\b|不是|不选|排除|并非|不可能是)"
    r"(?:(?!\b(?:but|yet|however|though|while|so|hence|therefore|thus|it's|is|leav\w+|only|choose|pick|answer)\b"
    r"|[;:→]|所以|因此|应|而是|但|故)(?:[^.!?,]|(?<=(?-i:[A-Z])),|(?<=(?-i:[A-Z])\)),))*$",
    re.IGNORECASE,
)
_NEGATED_AFTER = re.compile(
    r"(?:\W{0,3}(?:and|or|nor)?\s*\W?[A-Z]\b){0,4}\W{0,3}(?:(?:is|are|was|were|can|could|would|does|do|did|must"
    r"|will|has|have|seems?|looks?|gets?|be|both|all|also|clearly|definitely|obviously|therefore|thus"
    r"|then)\s+){0,3}(?:be\s+)?(?:(?:not|never|wrong|incorrect|false|out\b|eliminated|excluded|ruled|impossible"
    r"|invalid|rejected|discarded|too\b|no\b|fails?|cannot|can't|isn't|doesn't|wasn't|aren't|couldn't|don't|won't"
    r"|unlikely|implausible|irrelevant|ignored|contradict\w*|violates?|lacks?|incompatible|inconsistent|off\b"
    r"|missing|tempting|a (?:distractor|trap|mistake))|不对|错|不正确|不符|排除)",
)
_EARLIER_THOUGHT = re.compile(
    r"\b(?:thought|initially|at first|would have (?:said|chosen|picked)|assumed|was tempted|first guess(?:ed)?"
    r"|had guessed)\b(?:(?! but | however | yet )[^.;:])*$|\b(?:do not|don't|not|doubt)\s+(?:think|believe|say"
    r"|see (?:why|how))?\s*(?:that |it is |it's |it could be |the answer is )[^.;,]{0,20}$",
    re.IGNORECASE,
)
_LOOKED_LIKE_IT = re.compile(
    r"[)\]\"'.]*\s*(?:looks?|seems?|appears?|is|was|might be|could be)\s+(?:\w+\s+){0,3}(?:plausible|tempting"
    r"|attractive|possible|likely|close|right|correct|reasonable)\b[^.;]*\b(?:at first|but|however|yet)\b",
    re.IGNORECASE,
)
_NOT_ANOTHER = re.compile(
    r"[)\]\"'.]*,?\s*(?:\([^()]*\),?\s*)?(?:and |but )?(?:not|rather than|instead of)\s+(?:option\s+|the\s+)?[(\"'\[]?[A-Z]\b"
)
_WOULD = re.compile(
    r"\W{0,3}(?:would|could|might|may|were)\b(?!\s+(?:be\s+)?(?:my|the (?:answer|best|right|correct|choice)"
    r"|the)\s*(?:answer|choice|pick|option)?\b(?!\s+\w+\s+if))",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|unless|suppose|whether|were)\b[^,.;]*$|\bfor\s+\W*(?:option|choice)?\s*\W?$|(?:如果|假如|若)[^,.;]*$",
    re.IGNORECASE,
)
_FILLER = (
    r"(?:(?:clearly|definitely|probably|likely|most likely|certainly|obviously|surely|still|only|just|simply|the|an?|my"
    r"|our|with|for|option|choice|letter|answer|alternative|labell?ed|marked|called|as|in|by|therefore|thus|then"
    r"|correct|right|best|final|is|it|number|one|that|of|again)\s+){0,4}"
)
# directly before the letter that is chosen
_CHOOSES = re.compile(
    rf"(?:{CONCLUSION}|\b(?:(?:looks|seems) like|(?:seems|appears) to be|it's|it is|that's|that is"
    rf"|this is|is|are|was|must be|has to be|should be|would be|be"
    rf"|corresponds? to|corresponding to|match(?:es|ed|ing)?|means|points? (?:to|towards?|at)|pointing to"
    rf"|indicat(?:es?|ing)|suggests?|supports?|leaves?|leaving|remain(?:s|ing)?(?: is)?|gives?|giving|yields?"
    rf"|choos(?:e|ing)|chose|pick(?:ing|ed)?|select(?:ing|ed)?|go(?:ing)? (?:with|for)|went with|say|answer(?:ing)?"
    rf"|settl(?:e|ing) (?:on|for)|opt(?:ing)? for|vot(?:e|ing) for|stick(?:ing)? with|goes (?:to|with)|belongs? to"
    rf"|listed (?:as|under)|namely|i\.e\.|conclude|guess|prefer|take|favou?rs?|confirms?|makes?|i think|i believe"
    rf"|think it's|believe it's|call it|=)|[→⇒:=是为选]|(?<=\S\s)[—–-])[\s,:]*{_FILLER}[\"'(\[]*$",
    re.IGNORECASE,
)
# directly after it
_IS_CHOSEN = re.compile(
    r"[)\]\"'.:]*\s*(?:(?:is|seems|looks|appears|must be|has to be|remains|stays|would be|it)\s+)"
    r"(?:(?:to be|clearly|definitely|therefore|thus|certainly|indeed|still|then)\s+)?"
    r"(?:the\s+|my\s+)?(?:only\s+|most\s+|best\s+|one\s+)?"
    r"(?:correct|right|answer|best|true|winner|solution|match\w*|confirmed|valid|likely|plausible|it\b|is\b|choice"
    r"|final|accurate|suitable|appropriate|one\b|fit|left|remaining)"
    r"|[)\]\"']*\s+(?:is|does|did|can|will)\W*$"
    r"|[)\]\"']*\s+(?:remains|is left|is all that (?:remains|is left))\b"
    r"|[)\]\"']*\s+has the (?:right|correct|required|same|matching)\b"
    r"|[)\]\"']*\s+(?:fits|matches|wins|works|holds|stands|it is|satisfies|meets|completes"
    r"|that (?:is|fits|blocks|shows|matches|has))\b"
    r"|[)\]]*\s*(?:正确|是正确|符合|对)",
    re.IGNORECASE,
)
_DESCRIBES = re.compile(
    r"[)\]\"'.:]*\s*(?:is|are|was|were|has|have|had|does|do|can|shows?|looks?|seems?|lies|goes|runs|keeps?"
    r"|contains?|represents?|depicts?|displays?|declines?|grows?|rises?|falls?|would|will|\w+s)\b"
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


def is_ruled_out(text: str, ref: LetterRef) -> bool:
    """The sentence says that this letter is not it, or only supposes it."""
    before, after = text[max(0, ref.start - 120) : ref.start], text[ref.end : ref.end + 80]
    if _NOT_ANOTHER.match(after):
        return bool(NEGATED_BEFORE.search(before))
    return bool(
        NEGATED_BEFORE.search(before)
        or _NEGATED_AFTER.match(after)
        or _WOULD.match(after)
        or _CONDITION.search(before[-60:])
        or _EARLIER_THOUGHT.search(before)
        or _LOOKED_LIKE_IT.match(after)
    )
