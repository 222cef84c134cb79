"""Which option a reply commits to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.types import Case, option_letter
from vilomem_core.verification.choices.letters import LetterRef, is_ruled_out, refs
from vilomem_core.verification.choices.option_texts import (
    OptionTexts,
    equal_option,
    equal_value,
    fuzzy_option,
    named_options,
    option_texts,
    spelled_option,
)
from vilomem_core.verification.numbers.quantities import prepared, quantities
from vilomem_core.verification.records import NOTHING, Reading
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.marks import Mark, without_boxes
from vilomem_core.verification.reply.phrases import content_stems, words
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import (
    CONCLUSION,
    CONTRAST,
    is_hedged,
    is_hypothetical,
    is_intention,
    is_question,
    is_refusal,
)

LONGEST = 1500
_FILLER = (
    r"(?:(?:clearly|definitely|probably|likely|most likely|certainly|obviously|surely|still|only|just|simply|the|an?|my"
    r"|our|with|for|option|choice|letter|answer|alternative|labell?ed|marked|called|as|in|by|therefore|thus|then"
    r"|correct|right|best|final|is|it|number|one|that|of|again)\s+){0,4}"
)
# what stands directly before the letter that is chosen
_CHOOSES = re.compile(
    rf"(?:{CONCLUSION}|\b(?:it's|it is|that's|that is|this is|is|are|was|must be|has to be|should be|would be|be"
    rf"|corresponds? to|corresponding to|match(?:es|ed|ing)?|means|points? (?:to|towards?|at)|pointing to"
    rf"|indicat(?:es?|ing)|suggests?|supports?|leaves?|leaving|remain(?:s|ing)?(?: is)?|gives?|giving|yields?"
    rf"|choos(?:e|ing)|chose|pick(?:ing|ed)?|select(?:ing|ed)?|go(?:ing)? (?:with|for)|went with|say|answer(?:ing)?"
    rf"|settl(?:e|ing) (?:on|for)|opt(?:ing)? for|vot(?:e|ing) for|stick(?:ing)? with|goes (?:to|with)|belongs? to"
    rf"|listed (?:as|under)|namely|i\.e\.|conclude|guess|prefer|take|favou?rs?|confirms?|makes?|i think|i believe"
    rf"|think it's|believe it's|call it|=)|[→⇒:=是为选]|(?<=\S\s)[—–-])[\s,:]*{_FILLER}[\"'(\[]*$",
    re.IGNORECASE,
)
_AFTER_CHOSEN = re.compile(
    r"[)\]\"'.:]*\s*(?:(?:is|seems|looks|appears|must be|has to be|remains|stays|would be|it)\s+)(?:(?:to be"
    r"|clearly|definitely|therefore|thus|certainly|indeed|still|then)\s+)?(?:the\s+|my\s+)?(?:only\s+|most\s+"
    r"|best\s+|one\s+)?(?:correct|right|answer|best|true|winner|solution|match\w*|confirmed|valid|likely|plausible"
    r"|it\b|is\b|choice|final|accurate|suitable|appropriate|one\b|fit|left|remaining)"
    r"|[)\]\"']*\s+is\W*$|[)\]\"']*\s+(?:remains|is left|is all that (?:remains|is left))\b|[)\]\"']*\s+(?:does|did"
    r"|can|will)\W*$|[)\]\"']*\s+has the (?:right|correct|required|same|matching)\b"
    r"|[)\]\"']*\s+(?:fits|matches|wins|works|holds|stands|it is|satisfies|meets|completes|that (?:is|fits|blocks"
    r"|shows|matches|has))\b|[)\]]*\s*(?:正确|是正确|符合|对)",
    re.IGNORECASE,
)
_DESCRIBES = re.compile(
    r"[)\]\"'.:]*\s*(?:is|are|was|were|has|have|had|does|do|can|shows?|looks?|seems?|lies|goes|runs|keeps?"
    r"|contains?|represents?|depicts?|displays?|declines?|grows?|rises?|falls?|would|will|\w+s)\b"
)
_POSSIBLE = re.compile(
    r"\b(?:might|may|could|can) (?:also |well |just )?be\W{0,3}(?:option |\()?$|\b(?:maybe|perhaps"
    r"|possibly)\W{0,3}(?:option |\()?$",
    re.IGNORECASE,
)
_ALL_BUT = re.compile(
    r"\b(?i:everything|all(?: of them| options)?|every option|none)\s+(?i:but|except(?: for)?|save"
    r"|other than)\s+(?:option\s+)?[(\"']?(?P<letter>[A-Z])\b[)\"']?.{0,40}\b(?i:ruled out|excluded|eliminated"
    r"|wrong|incorrect|discarded|fits?|impossible)\b"
)
_OR = re.compile(
    r"^[\s)\]\"',.]*(?:\([^()]*\)\s*)?(?:or|and/or|/|\||或者?|还是|or maybe|or perhaps|maybe|possibly"
    r"|perhaps)(?:\s+(?:maybe|perhaps|possibly|even|option|choice|is it|it's))*[\s(\[\"']*$",
    re.IGNORECASE,
)
_AND = re.compile(r"^[\s)\]\"']*(?:and|&|,|和|与|as well as|plus)(?:\s+(?:option|choice))?[\s(\[\"']*$", re.IGNORECASE)
_LEADS = re.compile(r"^\W*(?:(?:option|choice|answer|letter|alternative|the|is|选项|答案|选)\W+)*$", re.IGNORECASE)
_ORDINALS = {
    word: place
    for place, pair in enumerate(("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th"))
    for word in pair.split()
}
_PLACE = re.compile(
    r"\b(?:the\s+)?(first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th|sixth|6th|last)\s+(?:option|choice|answer"
    r"|alternative)\b|\b(?:option|choice)\s*(?:number\s*|no\.?\s*|#\s*)?(\d{1,2})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ChoiceReader:
    """Reads the answer of one choice question; ``asked`` are the content words of the question.

    ``labelled`` are nouns that the question labels with letters itself ("stage A", "line B"): behind them a letter is a name.
    """

    options: OptionTexts
    asked: frozenset[str]
    labelled: frozenset[str]

    @property
    def letters_are_texts(self) -> bool:
        """Option texts are made of letters themselves, as pairs of points or figures."""
        return (
            sum(
                sum(len(word) == 1 and word.isascii() and word.isalpha() for word in sequence) >= 2
                for sequence in self.options.sequences
            )
            >= 2
        )

    @property
    def count(self) -> int:
        return len(self.options.cleaned)

    def marked(self, mark: Mark) -> Reading:
        text = without_boxes(mark.payload[:LONGEST]).strip()
        if re.match(r"\W*(?:not|n't|neither)\b", text, re.IGNORECASE) and equal_option(text, self.options) is None:
            return self._after_but(text)
        if len(text) > 1 and (spelled := spelled_option(text, self.options)) is not None:
            return self._option(spelled)
        letter = self._leading_letter(text, strict=False)
        if letter:
            return letter
        if len(text) > 1 and (whole := equal_option(text, self.options)) is not None:
            return self._option(whole)
        clause = re.split(r"[,;]|\b(?:because|since|as|whereas|while)\b", text, maxsplit=1)[0]
        wrapped = [ref for ref in self._refs(clause) if not ref.plain and not is_ruled_out(text, ref)]
        if len({ref.letter for ref in wrapped}) == 1:
            return self._chosen(text, wrapped[0])
        named = self._by_text(text, whole=True)
        if named or is_refusal(text):
            return named or Reading(refused="the reply says that it cannot tell")
        return self._by_refs(text, last=True)

    def decision(self, statement: Statement) -> Reading:
        text = statement.text[-LONGEST:]
        if is_question(text):
            return NOTHING
        if self.letters_are_texts:
            return NOTHING  # "B and C are congruent" names an option by its text
        approved = _APPROVED.match(text)
        if approved:
            return self._option(ord((approved["letter"] or approved["ticked"]).upper()) - ord("A"))
        but = _ALL_BUT.search(text)
        if but:
            return self._option(ord(but["letter"]) - ord("A"))
        if self._undecided(text):
            return Reading(refused="two letters are kept as possible")
        for ref in reversed(self._refs(text)):
            if is_ruled_out(text, ref) or (is_hypothetical(text) and ref.plain):
                continue
            if _CHOOSES.search(text[: ref.start]) or _AFTER_CHOSEN.match(text[ref.end :]):
                return self._chosen(text, ref)
        return NOTHING

    def headline(self, statement: Statement, following: Sequence[Statement]) -> Reading:
        text = statement.text[:LONGEST]
        if is_question(text) and len(text) > 3:
            return NOTHING
        if _reviews(statement, following) or self.letters_are_texts and not statement.alone:
            return NOTHING
        if self.letters_are_texts and len(named := named_options(text, self.options)) == 1 and len(text) > 3:
            return self._option(named[0].index)
        alone = statement.alone and len(text) > 1
        spelled = spelled_option(text, self.options) if alone else None
        if spelled is not None:
            return self._option(spelled)
        whole = equal_option(text, self.options) if alone else None
        return self._leading_letter(text, strict=True) or (NOTHING if whole is None else self._option(whole))

    def opening(self, statement: Statement) -> Reading:
        return self.last(statement)

    def last(self, statement: Statement) -> Reading:
        text = statement.text[-LONGEST:]
        if is_question(text) or (is_hypothetical(text) and not CONTRAST.search(text)):
            return NOTHING
        whole = equal_option(text, self.options) if len(text) > 1 else None
        if whole is not None:
            return self._option(whole)
        by_letter = NOTHING if self.letters_are_texts else self._by_refs(text, last=False)
        if by_letter:
            return by_letter
        if is_intention(text):
            return NOTHING
        return self._by_text(text, whole=False) or NOTHING

    # --- letters ----------------------------------------------------------------------------------------------------------------

    def _leading_letter(self, text: str, strict: bool) -> Reading:
        """A letter at the very beginning: "B", "(B) ...", "B. text", "b) text", "C, since ..."."""
        found = _LEADING.match(text)
        if found is None:
            return NOTHING
        letter, rest = found["letter"], text[found.end("letter") :]
        wrapped = bool(re.match(r"\s*[)\]}>\"']", rest)) or bool(re.search(r"[(\[<{\"']\s*$", text[: found.start("letter")]))
        if not wrapped and not _ends_label(letter, rest, strict):
            return NOTHING
        ref = LetterRef(letter.upper(), found.start("letter"), found.end("letter"), plain=False)
        if is_ruled_out(text, ref):
            return NOTHING
        return self._chosen(text, ref)

    def _refs(self, text: str) -> list[LetterRef]:
        found = refs(text)
        return (
            [ref for ref in found if not ref.plain or _word_before(text, ref.start) not in self.labelled]
            if self.labelled
            else found
        )

    def _by_refs(self, text: str, last: bool) -> Reading:
        """The one letter that the statement mentions without ruling it out."""
        standing = [ref for ref in self._refs(text) if not is_ruled_out(text, ref)]
        standing = [
            ref for ref in standing if last or (_stands_free(text, ref) if ref.plain else not self._only_described(text, ref))
        ]
        if not standing:
            return NOTHING
        letters = {ref.letter for ref in standing}
        if len(letters) > 1 and is_hedged(text):
            return Reading(refused="two letters are kept as possible")
        if len(letters) == 1:
            return self._chosen(text, standing[-1])
        concluding = [ref for ref in standing if re.search(rf"{CONCLUSION}[^.;]*$", text[: ref.start], re.IGNORECASE)]
        if concluding and len({ref.letter for ref in concluding}) == 1:
            return self._chosen(text, concluding[-1])
        return self._chosen(text, standing[-1]) if len(standing) == 2 else NOTHING

    def _undecided(self, text: str) -> bool:
        """Each letter is only said to be possible: "it might be A, it might be B"."""
        standing = {ref.letter for ref in self._refs(text) if _POSSIBLE.search(text[: ref.start]) and not is_ruled_out(text, ref)}
        return len(standing) > 1

    def _only_described(self, text: str, ref: LetterRef) -> bool:
        """The letter is the subject of a remark that is not about what was asked ("Option C is drawn in green")."""
        if not _DESCRIBES.match(text[ref.end :]) or _AFTER_CHOSEN.match(text[ref.end :]):
            return False
        return not self.asked & content_stems(text[ref.end :])

    def _chosen(self, text: str, ref: LetterRef) -> Reading:
        """``ref`` as the answer, unless another letter is kept beside it as an alternative."""
        for other in self._refs(text):
            if other.letter == ref.letter or is_ruled_out(text, other):
                continue
            first, second = sorted((other, ref), key=lambda one: one.start)
            between = text[first.end : second.start]
            if _OR.match(between) or _AND.match(between):
                return Reading(refused=f"two letters, {first.letter} and {second.letter}")
        index = ord(ref.letter) - ord("A")
        if index >= self.count:  # a letter may be the matter itself: options "The letter P", "The letter R"
            about = [place for place, sequence in enumerate(self.options.sequences) if ref.letter.casefold() in sequence]
            index = about[0] if len(about) == 1 else index
        return self._option(index)

    def _option(self, index: int) -> Reading:
        return Reading(option_letter(index)) if index < self.count else Reading(refused=f"{option_letter(index)} is no option")

    # --- texts ------------------------------------------------------------------------------------------------------------------

    def _after_but(self, text: str) -> Reading:
        parts = re.split(r"\bbut\b|;|,\s*(?=it|the)", text, maxsplit=1)
        return self.last(Statement(parts[1].strip(), 0, 0, True)) if len(parts) == 2 else NOTHING

    def _by_text(self, text: str, whole: bool) -> Reading:
        """The one option that the statement names by its text or value."""
        place = _PLACE.search(text)
        named = named_options(text, self.options)
        standing = [one for one in named if not one.ruled_out]
        indices = list(dict.fromkeys(one.index for one in standing))
        if len(indices) == 1:
            return self._option(indices[0])
        if len(indices) > 1:
            return self._last_named(text, [(one.index, one.start, one.end) for one in standing])
        if place:
            index = _ORDINALS.get((place[1] or "").lower(), self.count - 1 if place[1] else int(place[2] or 0) - 1)
            return self._option(index) if 0 <= index < self.count else Reading(refused="no such option")
        if named and not whole:
            return NOTHING
        return self._by_value(text)

    def _by_value(self, text: str) -> Reading:
        index = equal_value(text, self.options)
        if index is None:
            parts = re.split(r"=|≈|≅|\\approx|\bis\b|\bare\b|:", text)
            index = equal_value(_without_tail(parts[-1]), self.options) if len(parts) > 1 else None
        if index is None:
            ready = prepared(text)
            hits = [equal_value(ready[one.start : one.end], self.options) for one in quantities(ready)]
            known = list(dict.fromkeys(hit for hit in hits if hit is not None))
            index = known[0] if len(known) == 1 else None
        if index is None and not re.search(r"\bnot\b|n't\b|\bnever\b|\bno\b", text, re.IGNORECASE):
            index = fuzzy_option(text, self.options)
        return NOTHING if index is None else self._option(index)

    def _last_named(self, text: str, standing: list[tuple[int, int, int]]) -> Reading:
        """Of several options named, the one after the conclusion; two that are kept side by side are no answer."""
        given = words(text)
        (first, _, end), (second, start, _) = standing[-2], standing[-1]
        between = given[end:start]
        if first != second and set(between) <= {"or", "maybe", "perhaps", "possibly", "either", "and", "/", "option"}:
            return Reading(refused="two options are kept as alternatives")
        cut = _last_conclusion(text)
        if cut:
            named = [one for one in named_options(cut, self.options) if not one.ruled_out]
            if len({one.index for one in named}) == 1:
                return self._option(named[0].index)
        subject = given[: standing[0][1]]
        return self._option(second) if not subject or len(standing) == 2 else NOTHING


_LEADING = re.compile(
    r"^\W*?(?:(?:option|choice|answer|letter|alternative|选项|答案|选"
    r"|is)\W*\s*)?[(\[<{\"']{0,2}\s*(?P<letter>[A-Za-z])(?![A-Za-z0-9]|'\w)",
    re.IGNORECASE,
)


_LABEL = re.compile(
    r"^\W*(?:option|choice)\s+[(\[]?(?P<named>[A-Z])\b|^\W*[(\[]?(?P<letter>[A-Z])(?:[)\].:]|\s[-–—]|\s+\([^()]{1,80}\))",
    re.IGNORECASE,
)
_APPROVED = re.compile(
    r"^\W*(?:option\s+)?[(\[]?(?P<letter>[A-Z])[)\].:\s].*(?:[,:;–—-]\s*|\bso |\bis )(?:yes|correct|right|true|ok"
    r"|fits|matches|this is it|this one)\W*$|^\W*(?:option\s+)?[(\[]?(?P<ticked>[A-Z])[)\].:\s].*[✓✔✅]\W*$",
    re.IGNORECASE,
)


def _word_before(text: str, position: int) -> str:
    before = text[max(0, position - 24) : position].split()
    return before[-1].casefold() if before else ""


def _ends_label(letter: str, rest: str, strict: bool) -> bool:
    """What follows a bare letter shows that it is a label: nothing, punctuation, or a word that no article or pronoun has after it."""
    if letter == "I" and re.match(r"\s*,?\s*(?:and\s+)?(?:I{2,3}|IV|V)\b", rest):
        return False  # roman numerals
    if not rest.strip() or re.match(r"\s*[.)\]:;,|]|\s+[-–—→(]|\s*[—–→(]|\s*\n|[、。，]|[\u4e00-\u9fff]", rest):
        return not (letter in "aI" and re.match(r"\s*[(]", rest))
    if letter.islower():
        return False
    if letter in "AI":
        return bool(re.match(r"\s+(?:because|since|as|is|or|and|seems|fits|matches|it)\b", rest))
    return not strict or bool(re.match(r"\s+[a-z]", rest))


def _reviews(statement: Statement, following: Sequence[Statement]) -> bool:
    """The options are gone through one by one: other statements begin with other labels."""
    first = _LEADING.match(statement.text)
    labels = [found["letter"] or found["named"] for later in following[:40] if (found := _LABEL.match(later.text))]
    return first is not None and len({label.upper() for label in labels} - {first["letter"].upper()}) >= 1


def _stands_free(text: str, ref: LetterRef) -> bool:
    """A bare capital at the end of the statement or of a clause, where a sentence has no letter unless it is the answer."""
    return bool(re.match(r"[\s.!:)\]\"']*$|\s*[,;(—–]", text[ref.end :])) or bool(_LEADS.match(text[: ref.start]))


def _without_tail(text: str) -> str:
    return re.sub(r"[\s.,;!]+$", "", text).strip()


def _last_conclusion(text: str) -> str:
    cues = list(re.finditer(rf"{CONCLUSION}|\b(?:is|are|was|were|must be|but)\b|:", text, re.IGNORECASE))
    return text[cues[-1].end() :] if cues else ""


_LABELLED = re.compile(r"\b([A-Za-z]{3,})\s+[A-Z]\b(?!\s+[a-z]+ing\b)(?!')")


def choice_reader(case: Case) -> ChoiceReader:
    """The reader for ``case``."""
    question = clean(case.question)
    labelled = frozenset(found[1].casefold() for found in _LABELLED.finditer(question))
    return ChoiceReader(option_texts(case.options), content_stems(question), labelled)
