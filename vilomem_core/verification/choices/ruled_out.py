"""The words around an option letter that say it is not the answer: it is denied, only supposed, or an earlier thought."""

from __future__ import annotations

import re

from vilomem_core.verification.choices.cues import LetterRef
from vilomem_core.verification.patterns import one_of, plain_rows

# what may stand between a denial and the letter: no word that turns the sentence, no comma but between letters
_STILL_DENIED = (
    r"(?:(?!\b(?:but|yet|however|though|while|so|hence|therefore|thus|it's|is|leav\w+|only|choose|pick|answer)\b"
    r"|[;:→]|所以|因此|应|而是|但|故)(?:[^.!?,]|(?<=(?-i:[A-Z])),|(?<=(?-i:[A-Z])\)),))*$"
)
_NEGATED_BEFORE = one_of(
    "letter: denied before",
    {
        "(?:anything|everything|all|any(?: option| choice)?) but": "it is anything but ",
        r"eliminat\w*": "I eliminated ",
        "rul(?:es|ed|ing) out": "this rules out ",
        r"reject\w*": "we rejected ",
        r"discard\w*": "we discarded ",
        r"exclud\w*": "excluding ",
        r"dismiss\w*": "we dismissed ",
        r"drop\w*": "we dropped ",
        "cross(?:ed|es|ing)? out": "we crossed out ",
    }
    | plain_rows(
        "not|never|neither|nor|cannot|except|without|rather than|instead of|other than|unlike|rule|wrong|incorrect|false|no longer"
        "|doubt|against",
        "it was {} ",
    ),
    before=r"\b",
    after=rf"\b{_STILL_DENIED}",
    unframed={rf"n't\b{_STILL_DENIED}": "it isn't "}
    | {word + _STILL_DENIED: word for word in ("不是", "不选", "排除", "并非", "不可能是")},
)
_NEGATED_AFTER = one_of(
    "letter: denied after",
    {
        r"out\b": " is out",
        r"too\b": " is too long",
        r"no\b": " is no match",
        "fails?": " fails",
        r"contradict\w*": " contradicts it",
        "violates?": " violates it",
        "lacks?": " lacks it",
        r"off\b": " is off",
        "a (?:distractor|trap|mistake)": " is a trap",
    }
    | plain_rows(
        "not|never|wrong|incorrect|false|eliminated|excluded|ruled|impossible|invalid|rejected|discarded|cannot|can't|isn't|doesn't"
        "|wasn't|aren't|couldn't|don't|won't|unlikely|implausible|irrelevant|ignored|incompatible|inconsistent|missing|tempting"
        "|不对|错|不正确|不符|排除",
        " {}",
    ),
    before=r"^(?:\W{0,3}(?:and|or|nor)?\s*\W?[A-Z]\b){0,4}\W{0,3}(?:(?:is|are|was|were|can|could|would|does|do|did|must|will|has|have"
    r"|seems?|looks?|gets?|be|both|all|also|clearly|definitely|obviously|therefore|thus|then)\s+){0,3}(?:be\s+)?",
    flags=re.NOFLAG,
)
_EARLIER_THOUGHT = one_of(
    "letter: earlier thought",
    {
        "would have (?:said|chosen|picked)": "I would have said ",
        "(?:first guess(?:ed)?|had guessed)": "I first guessed ",
    }
    | plain_rows("thought|initially|at first|assumed|was tempted", "I {} it was "),
    before=r"\b",
    after=r"\b(?:(?! but | however | yet )[^.;:])*$",
    unframed={
        r"\b(?:do not|don't|not|doubt)\s+(?:think|believe|say|see (?:why|how))?\s*(?:that |it is |it's |it could be |the answer is )"
        r"[^.;,]{0,20}$": "I don't think it is "
    },
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


def is_ruled_out(text: str, ref: LetterRef) -> bool:
    """The sentence says that this letter is not it, or only supposes it."""
    before, after = text[max(0, ref.start - 120) : ref.start], text[ref.end : ref.end + 80]
    if _NOT_ANOTHER.match(after):
        return bool(_NEGATED_BEFORE.search(before))
    return bool(
        _NEGATED_BEFORE.search(before)
        or _NEGATED_AFTER.match(after)
        or _WOULD.match(after)
        or _CONDITION.search(before[-60:])
        or _EARLIER_THOUGHT.search(before)
        or _LOOKED_LIKE_IT.match(after)
    )
