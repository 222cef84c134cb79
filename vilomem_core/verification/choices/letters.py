"""Letters of options in a text: which letters are meant as options, whether they are chosen or ruled out, and which one it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vilomem_core.verification.choices.cues import (
    LEADING,
    LetterRef,
    ends_label,
    is_chosen,
    is_possible,
    is_subject,
    kept_beside,
    singled_out,
    stands_free,
)
from vilomem_core.verification.choices.options import OptionTexts, option_at
from vilomem_core.verification.choices.ruled_out import is_ruled_out
from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.records import NOTHING, Reading
from vilomem_core.verification.reply.clean import content_stem_set
from vilomem_core.verification.reply.wording import CONCLUSION, is_hedged, is_hypothetical

_NOUN = r"(?:options?|choices?|answers?|letters?|alternatives?|statements?|candidates?|选项|答案|选)"
_WRAPPED = re.compile(
    rf"(?:\b{_NOUN}\s*)?[(\[<{{]\s*([A-Za-z])\s*[)\]>}}]|\b{_NOUN}(?![a-z])\s*[:\"']?\s*([A-Za-z])(?![A-Za-z0-9'])"
    rf"|(?<![A-Za-z0-9\\_^'])([A-Za-z])\)(?!\w)|[\"']([A-Za-z])[\"']",
    re.IGNORECASE,
)
_SMALL = re.compile(r"\b(?:it's|it is|is|be|choose|pick|select|with|say|so|hence|therefore|thus|guess|think)\s+([a-j])[\s.!]*$")
_CAPITAL = re.compile(r"(?<![A-Za-z0-9\\_^=+*/.'°-])([A-Z])(?![A-Za-z0-9_^+*/(°]|'\w|\s*[=+<>]|\.\w|-\w)")
# "A" the article and "I" the pronoun stand before a word of the sentence; an option A or I before one of these words
_AFTER_A = one_of(
    "letter: after an option A",
    {f"{verb}s?": f" {verb}s" for verb in ("seem", "look", "appear", "show", "hold", "work", "represent", "display")}
    | {f"{verb}s?": f" {verb}s" for verb in ("correspond", "remain", "stand")}
    | plain_rows(
        "is|are|was|were|has|had|because|since|as|and|or|nor|but|for|with|matches|fits|would|could|should|can|cannot|must|does|will|it"
        "|wins|by|due|given|which|where|so|then|only|if|on|in|at|from|than|to",
        " {}",
    ),
    before=r"^\s+",
    after=r"\b",
    flags=re.NOFLAG,
)
_AFTER_I = one_of(
    "letter: after an option I",
    plain_rows("is|was|because|since|and|or|but|as|it|matches|fits|shows|seems|looks|which|so|only|corresponds|remains", " {}"),
    before=r"^\s+",
    after=r"\b",
    flags=re.NOFLAG,
)
_NAMED = one_of(
    "letter: name of a thing",
    {
        f"{noun}s?": f"the {noun} "
        for noun in (
            *("point", "angle", "line", "segment", "node", "triangle", "side", "plane", "ray", "arc", "edge", "circle", "chord"),
            *("vitamin", "set", "event", "degree", "mr"),
        )
    }
    | {"vert(?:ex|ices)": "the vertex "}
    | plain_rows(
        "hepatitis|plan|type|group|class|grade|team|level|size|variable|matrix|person|player|town|city|station|house|street|block|atom"
        "|gene|blood|note|key|string|ms|dr|professor|phase|wire|switch|lamp|resistor|face|corner|position|junction|gate|room|platform"
        "|mirror|quadrant|series|product|tank|vessel|car|box",
        "the {} ",
    ),
    before=r"\b",
    after=r"\.?\s*$",
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


MAX_LETTERS = 24  # mentions in one stretch of text; of more, the last ones count
_UNDECIDED = Reading(refused="two letters are kept as possible")


@dataclass(frozen=True, slots=True)
class LetterReader:
    """Letters as the options of one case. ``asked`` are the stems of the question's content words.

    ``labelled`` are nouns that the question labels with letters itself ("stage A", "line B"): behind them a letter is a name.
    """

    options: OptionTexts
    asked: frozenset[str]
    labelled: frozenset[str]

    def leading(self, text: str, strict: bool) -> Reading:
        """A letter at the very beginning: "B", "(B) ...", "B. text", "b) text", "C, since ..."."""
        found = LEADING.match(text)
        if found is None:
            return NOTHING
        letter, rest, before = found["letter"], text[found.end("letter") :], text[: found.start("letter")]
        wrapped = re.match(r"\s*[)\]}>\"']", rest) or re.search(r"[(\[<{\"']\s*$", before)
        if not wrapped and not ends_label(letter, rest, strict):
            return NOTHING
        ref = LetterRef(letter.upper(), found.start("letter"), found.end("letter"), plain=False)
        return NOTHING if is_ruled_out(text, ref) else self._chosen(text, ref)

    def decided(self, text: str) -> Reading:
        """The letter that the sentence chooses by its own words."""
        single = singled_out(text)
        if single:
            return option_at(ord(single) - ord("A"), self.options)
        standing = self._standing(text)
        if len({ref.letter for ref in standing if is_possible(text, ref)}) > 1:
            return _UNDECIDED
        for ref in reversed(standing):
            if is_chosen(text, ref) and not (ref.plain and is_hypothetical(text)):
                return self._chosen(text, ref)
        return NOTHING

    def wrapped(self, text: str) -> Reading:
        """The one letter in brackets or behind "option" in the first clause: "Vienna (B), since ..."."""
        clause = re.split(r"[,;]|\b(?:because|since|as|whereas|while)\b", text, maxsplit=1)[0]
        found = [ref for ref in self._standing(text) if not ref.plain and ref.end <= len(clause)]
        return self._chosen(text, found[0]) if len({ref.letter for ref in found}) == 1 else NOTHING

    def mentioned(self, text: str, marked: bool) -> Reading:
        """The one letter that the statement mentions without ruling it out; of two, the one that concludes."""
        standing = [ref for ref in self._standing(text) if marked or self._counts(text, ref)]
        letters = {ref.letter for ref in standing}
        if len(letters) > 1 and is_hedged(text):
            return _UNDECIDED
        concluding = [ref for ref in standing if re.search(rf"{CONCLUSION}[^.;]*$", text[: ref.start], re.IGNORECASE)]
        if len(letters) > 1 and len({ref.letter for ref in concluding}) == 1:
            return self._chosen(text, concluding[-1])
        return self._chosen(text, standing[-1]) if len(letters) == 1 or len(standing) == 2 else NOTHING

    def _counts(self, text: str, ref: LetterRef) -> bool:
        """A bare letter has to stand free; another one must not be the subject of a remark that is not about what was asked."""
        if ref.plain:
            return stands_free(text, ref)
        return not is_subject(text, ref) or bool(self.asked & content_stem_set(text[ref.end :]))

    def _standing(self, text: str) -> list[LetterRef]:
        return [ref for ref in self._refs(text) if not is_ruled_out(text, ref)]

    def _refs(self, text: str) -> list[LetterRef]:
        return [ref for ref in refs(text)[-MAX_LETTERS:] if not ref.plain or _word_before(text, ref.start) not in self.labelled]

    def _chosen(self, text: str, ref: LetterRef) -> Reading:
        """``ref`` as the answer, unless another letter is kept beside it as an alternative."""
        for other in self._standing(text):
            first, second = sorted((other, ref), key=lambda one: one.start)
            if other.letter != ref.letter and kept_beside(text, first, second):
                return Reading(refused=f"two letters, {first.letter} and {second.letter}")
        index = ord(ref.letter) - ord("A")
        if index >= len(self.options.cleaned):  # a letter may be the matter itself: options "The letter P", "The letter R"
            about = [place for place, sequence in enumerate(self.options.sequences) if ref.letter.casefold() in sequence]
            if len(about) > 1:
                return NOTHING  # "I" of "I and III only", among other statements
            index = about[0] if about else index
        return option_at(index, self.options)


def _word_before(text: str, position: int) -> str:
    before = text[max(0, position - 24) : position].split()
    return before[-1].casefold() if before else ""
