"""Questions for what is not so: "which statement is false?", "which animal does not belong?", "all are mammals except".

There "B is false" chooses B, and "A is true" rules A out: the words that usually say the opposite. A reply to such a question is
put into the usual words before it is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vilomem_core.verification.reply.words import content_stems, vocabulary, words
from vilomem_core.words import stem

_NOT_WHAT = re.compile(r"(?:\b(?:not|never|cannot)\b|n't\b)((?:\W+\w+){1,6})", re.IGNORECASE)
_EXCEPT = re.compile(r"([^.?!:;]*)\bexcept\b", re.IGNORECASE)
_UNTRUE = r"(?:false|incorrect|wrong|untrue|inaccurate|invalid)"
_TRUE = r"(?:true|accurate|valid)"
_RIGHT = r"(?:correct|right)"
_ASKS_UNTRUE = re.compile(
    rf"\b(?:which|what|identify|select|choose|find|pick|mark)\b[^.?!]*\b(?:{_UNTRUE}|not\s+(?:\w+\s+){{0,2}}(?:{_TRUE}|{_RIGHT}))\b"
    rf"|\b(?:{_TRUE}|{_RIGHT})\b[^.?!]*\bexcept\b",
    re.IGNORECASE,
)
_VERB = r"\b(?:is|are|was|were)\s+(?:(?:also|clearly|therefore|indeed|definitely|simply|both|all)\s+){0,2}"
_NO_ANSWER = r"(?!\s+(?:answer|option|choice|one)s?\b)"
_SAYS_UNTRUE = re.compile(
    rf"{_VERB}(?:{_UNTRUE}|not\s+(?:{_TRUE}|{_RIGHT}))\b{_NO_ANSWER}|\bisn't\s+(?:{_TRUE}|{_RIGHT})\b{_NO_ANSWER}", re.IGNORECASE
)
_SAYS_TRUE = re.compile(rf"{_VERB}{_TRUE}\b{_NO_ANSWER}", re.IGNORECASE)
_SAYS_RIGHT = re.compile(rf"{_VERB}(?:{_TRUE}|{_RIGHT})\b{_NO_ANSWER}", re.IGNORECASE)
_ALONE_IS_NOT = re.compile(
    r"\b(?:(?:is|are|does|do|did|was|were|has|can)\s+not|(?:is|does|do|did|was|has|ca)n't|cannot)\s*[.!]?\s*$", re.IGNORECASE
)
_ALL_BUT = re.compile(
    r"^.*\b(?i:all)\s+(?:(?:of|the|these|other|them|statements|options|choices|ones)\s+){0,3}(?i:but|except(?:\s+for)?)\s+"
    r"(?P<kept>(?:\w+\s+){0,3}?\W?[A-Z])\b.*$"
)
_BUT_NOT = re.compile(
    r",?\s+but\s+(?:it\s+)?(?:(?:does|do|is|are|has|have|did|was)\s+)?not(?:\s+(?:have|show|contain|include))?\b", re.IGNORECASE
)
_ASKED_NOUN = re.compile(r"\b(?:which|what)\s+([a-z]+)", re.IGNORECASE)
_DENIES = re.compile(
    r"\b(?:cannot\b|(?P<verb>is|are|was|were|does|do|did|can|could|has|have|had|will|would|must)(?:\s+not|n't)\b)(?P<rest>(?!\W+(?-i:[A-Z])\b)(?:\W+\w+){1,4})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AskedNegation:
    """``stems``: of what is denied in the question. ``untrue``: a false statement is asked for."""

    stems: frozenset[str]
    untrue: bool

    def usual_words(self, text: str) -> str:
        """``text`` with "B is not so" as "B is so", and where a false statement is asked for, "B is false" as "B is the answer"."""
        text = _BUT_NOT.sub("; the answer is", _ALL_BUT.sub(r"the answer is \g<kept>", text))
        if self.untrue:
            both_said = bool(_SAYS_UNTRUE.search(text) or _ALONE_IS_NOT.search(text))
            text = (_SAYS_RIGHT if both_said else _SAYS_TRUE).sub("is ruled out", text)
            text = _SAYS_UNTRUE.sub("is the answer", text)
        text = _ALONE_IS_NOT.sub("is the answer", text)
        return _DENIES.sub(self._affirmed, text)

    def _affirmed(self, denial: re.Match[str]) -> str:
        asked = any(stem(word) in self.stems for word in re.findall(r"\w+", denial["rest"].casefold()))
        return f"{denial['verb'] or 'can'}{denial['rest']}" if asked else denial[0]


def asked_negation(question: str) -> AskedNegation | None:
    """What ``question``, a cleaned text, asks for the opposite of; None for an ordinary question."""
    untrue = bool(_ASKS_UNTRUE.search(question))
    parts = [found[1] for pattern in (_NOT_WHAT, _EXCEPT) for found in pattern.finditer(question)]
    stems = frozenset().union(*(content_stems(part) | {stem(word) for word in words(part)[:1]} for part in parts)) - _WEAK
    if stems:
        stems |= {stem(found[1].casefold()) for found in _ASKED_NOUN.finditer(question)} - _WEAK
    return AskedNegation(stems, untrue) if untrue or stems else None


_WEAK = frozenset(map(stem, vocabulary("following statement option all of is are one a the to be")))
