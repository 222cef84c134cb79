"""Letters of options in a text: which letters are meant as options, and whether they are chosen or ruled out."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LetterRef:
    """One mention of an option letter. ``plain``: a bare capital, without brackets and without the word "option"."""

    letter: str
    start: int
    end: int
    plain: bool


_NOUN = r"(?:options?|choices?|answers?|letters?|alternatives?|statements?|candidates?|选项|答案|选)"
_WRAPPED = re.compile(
    rf"(?:\b{_NOUN}\s*)?[(\[<{{]\s*([A-Za-z])\s*[)\]>}}]|\b{_NOUN}(?![a-z])\s*[:\"']?\s*([A-Za-z])(?![A-Za-z0-9'])"
    rf"|(?<![A-Za-z0-9\\_^'])([A-Za-z])\)(?!\w)|[\"']([A-Za-z])[\"']",
    re.IGNORECASE,
)
_SMALL = re.compile(r"\b(?:it's|it is|is|be|choose|pick|select|with|say|so|hence|therefore|thus|guess|think)\s+([a-j])[\s.!]*$")
_CAPITAL = re.compile(r"(?<![A-Za-z0-9\\_^=+*/.'°-])([A-Z])(?![A-Za-z0-9_^+*/(°]|'\w|\s*[=+<>]|\.\w|-\w)")
# "A" the article and "I" the pronoun stand before a word of the sentence; an option A or I before one of these words
_AFTER_A = re.compile(
    r"\s+(?:is|are|was|were|has|had|because|since|as|and|or|nor|but|for|with|seems?|looks?|appears?|matches|fits"
    r"|shows?|would|could|should|can|cannot|must|does|will|holds?|works?|it|wins|by|due|given|represents?|displays?"
    r"|corresponds?|remains?|stands?|which|where|so|then|only|if|on|in|at|from|than|to)\b"
)
_AFTER_I = re.compile(
    r"\s+(?:is|was|because|since|and|or|but|as|it|matches|fits|shows|seems|looks|which|so|only|corresponds|remains)\b"
)
_NAMED = re.compile(
    r"\b(?:points?|vert(?:ex|ices)|angles?|lines?|segments?|nodes?|triangles?|sides?|planes?|rays?|arcs?|edges?"
    r"|circles?|chords?|vitamins?|hepatitis|plan|type|group|class|grade|team|level|size|variable|matrix|set|sets"
    r"|event|events|person|player|town|city|station|house|street|block|atom|gene|blood|note|key|chord|string|mr|mrs"
    r"|ms|dr|professor|degrees?|phase|wire|switch|lamp|resistor|face|corner|position|junction|street|gate|room"
    r"|platform|mirror|quadrant|series|product|tank|vessel|block|car|box)\.?\s*$",
    re.IGNORECASE,
)
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


def refs(text: str) -> list[LetterRef]:
    """Every mention of a letter that can be an option, in order. Articles, pronouns, names of points and products are left out."""
    found: dict[int, LetterRef] = {}
    for wrapped in _WRAPPED.finditer(text):
        group = next(index for index in range(1, 5) if wrapped[index])
        letter, at = wrapped[group], wrapped.start(group)
        if group == 2 and letter in "aI" and re.match(r"\s+[a-z]", text[at + 1 :]):
            continue  # "the answer a student gives"
        if group == 2 and letter.islower() and re.match(r"\s+[a-z]", text[at + 1 :]) and letter != "a":
            continue
        if group == 3 and letter.islower() and wrapped.start() and not re.search(r"(?:^|[\s:,;])$", text[: wrapped.start()]):
            continue
        found[at] = LetterRef(letter.upper(), wrapped.start(), wrapped.end(), plain=False)
    small = _SMALL.search(text)
    if small:
        found.setdefault(small.start(1), LetterRef(small[1].upper(), small.start(1), small.end(1), plain=False))
    for bare in _CAPITAL.finditer(text):
        if bare.start(1) not in found and _is_option(text, bare):
            found[bare.start(1)] = LetterRef(bare[1], bare.start(1), bare.end(1), plain=True)
    return [found[at] for at in sorted(found)]


def _is_option(text: str, bare: re.Match[str]) -> bool:
    after, before = text[bare.end() :], text[max(0, bare.start() - 24) : bare.start()]
    if _NAMED.search(before):
        return False
    if re.match(r"\s+[a-z]", after):
        if bare[1] == "A" and not _AFTER_A.match(after):
            return False
        if bare[1] == "I" and not _AFTER_I.match(after):
            return False
    if bare[1] == "I" and re.match(r"'|\s*,?\s*(?:I{1,2}|IV|V)\b", after):
        return False
    # the first letter of a title-case phrase: "A Red Car", a pair of vertices "A B"
    return not (bare[1] == "A" and re.match(r"\s+[A-Z][a-z]", after))


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
