"""The option that a stretch of text names by its letter."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vilomem_core.types import option_letter
from vilomem_core.verification.choices.cues import (
    LEADING,
    ends_label,
    is_chosen,
    is_possible,
    is_subject,
    kept_beside,
    singled_out,
    stands_free,
)
from vilomem_core.verification.choices.letters import LetterRef, is_ruled_out, refs
from vilomem_core.verification.choices.option_texts import OptionTexts
from vilomem_core.verification.records import NOTHING, Reading
from vilomem_core.verification.reply.phrases import content_stems
from vilomem_core.verification.reply.wording import CONCLUSION, is_hedged, is_hypothetical

MAX_LETTERS = 24  # mentions in one stretch of text; of more, the last ones count
_UNDECIDED = Reading(refused="two letters are kept as possible")


def option(index: int, options: OptionTexts) -> Reading:
    """Option number ``index`` as a reading; no option has this number where it is too large."""
    letter = option_letter(index)
    return Reading(letter) if index < len(options.cleaned) else Reading(refused=f"{letter} is no option")


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
            return option(ord(single) - ord("A"), self.options)
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
        return not is_subject(text, ref) or bool(self.asked & content_stems(text[ref.end :]))

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
        return option(index, self.options)


def _word_before(text: str, position: int) -> str:
    before = text[max(0, position - 24) : position].split()
    return before[-1].casefold() if before else ""
