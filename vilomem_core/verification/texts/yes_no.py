"""Yes or no: the polarity of what a reply finally says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.verification.asked import asked
from vilomem_core.verification.records import NOTHING, Mark, Reading
from vilomem_core.verification.reply.clean import normal_words, vocabulary
from vilomem_core.verification.reply.statements import Statement
from vilomem_core.verification.reply.wording import (
    CONCLUSION,
    after_contrast,
    is_hypothetical,
    is_intention,
    is_question,
    is_refusal,
)
from vilomem_core.verification.strict import without_boxes
from vilomem_core.words import stem

YES = vocabulary(
    "yes y yeah yep yup true correct right affirmative indeed sure certainly definitely absolutely 是 是的 对 对的 正确 有 ",
    "会 能 可以 ja oui si sí da",
)
NO = vocabulary("no n nope nah false incorrect wrong negative 否 不 不是 不对 错 错误 没有 不会 不能 没 nein non")
_PLAINLY = vocabulary("yes y yeah yep yup no n nope nah true false 是 是的 否 不是 对 不对 ja oui si sí nein non")
_LEAD = re.compile(
    r"^\W*(?:(?:so|therefore|thus|hence|overall|in short|well|then|and|oh|hmm)\W+|(?:definitely|clearly|certainly"
    r"|obviously|absolutely|probably|most likely)\W+(?=(?:yes|no|not)\b))*(?:(?:the (?:final )?answer|the statement"
    r"|the claim|the answer to (?:the|this) question|this|it|that|answer|result|my answer|i(?:'d| would) say"
    r"|i think|i believe)\s*(?:is|:|=|,|would be|must be|has to be)?\s*(?:therefore |thus |clearly |simply |still "
    r"|a |definitely )*)?[\"'(]*"
    r"(?P<word>yes|yeah|yep|yup|true|correct|right|affirmative|indeed|certainly|definitely|absolutely|no|nope|nah"
    r"|false|incorrect|wrong|negative|not true|not correct|untrue|not really|not at all)\b(?!\s+(?:one|doubt|matter"
    r"|longer than|way|problem|sign|visible|line|more|less|other|\w+ing|side|half|hand|part|edge|corner|figure|bar"
    r"|panel|circle|image)\b)",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    rf"(?:{CONCLUSION}|\banswer(?:ing)?\s*(?:is|:|must be|would be|has to be)?|\b(?:statement|claim|hypothesis"
    rf"|assertion|proposition|it|that|this|which)\s+(?:is|was|must be|has to be|holds|would be|turns out to be)"
    rf"|\b(?:i(?:'d| would)? say|i think|i believe|with|a clear|a)\b|[,:;→—–-])\s*(?:[\"'(]|therefore |thus "
    rf"|clearly |also |indeed |definitely |certainly |a )*(?P<word>yes|true|correct|no|false|incorrect|untrue"
    rf"|not true|not correct)\b[\"')]*\s*(?=[.,;:!)\n]|$)",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"(?P<no>不是|不对|不正确|错误|没有|不会|不能|不相等|不同|并非|否|不存在|不平行|不大于|不等)|(?P<yes>是的|正确|对的|^对|^是|^有|^会|^能|相等|确实|存在)"
)
_NEGATION = re.compile(r"\b(?:not|never|neither|nor|no|none|nothing|cannot|without|nobody|hardly)\b|n't\b", re.IGNORECASE)
_IDIOM = re.compile(
    r"\bno (?:doubt|matter|problem|need|question|wonder)\b|\bnot only\b|\bwithout (?:a )?doubt\b|\bnot (?:just"
    r"|merely)\b|\bwhether or not\b|\bno longer than necessary\b",
    re.IGNORECASE,
)
_OPPOSITES = """
same identical alike equal|different unequal distinct
longer taller bigger larger higher greater more deeper|shorter smaller lower less fewer shallower
older faster heavier wider thicker|younger slower lighter narrower thinner
darker|lighter brighter
rise increase grow climb gain up upward|fall decrease drop decline shrink lose sink down downward
open|closed shut
above over|below under beneath
left|right
before earlier|after later
on|off
inside|outside
front|behind back
full|empty
parallel|perpendicular intersecting crossing
straight|curved bent crooked
day|night
hot warm|cold cool
wet|dry
standing|sitting lying
horizontal|vertical
odd|even
positive|negative
clockwise|counterclockwise anticlockwise
closer nearer|farther further
first|last
top|bottom
present|absent missing
convex|concave
symmetric symmetrical|asymmetric asymmetrical
regular|irregular
visible|hidden invisible
lit|unlit dark
locked|unlocked
male|female
indoors|outdoors
clean|dirty
win|lose
possible|impossible
true|false
"""
_FORMS = """
fall: fell fallen falling falls
rise: rose risen rising rises
grow: grew grown growing grows
shrink: shrank shrunk shrinks
increase: increased increasing increases
decrease: decreased decreasing decreases
decline: declined declining declines
drop: dropped dropping drops
climb: climbed climbing climbs
gain: gained gaining gains
sink: sank sunk sinks
lose: lost loses losing
win: won wins winning
open: opens opened
closed: closes
crossing: cross crosses
intersecting: intersect intersects
"""
_LEMMAS = {form: lemma for line in _FORMS.strip().splitlines() for lemma, forms in [line.split(": ")] for form in forms.split()}
_OPPOSITE: dict[str, set[str]] = {}
for _line in _OPPOSITES.strip().splitlines():
    _one, _other = (side.split() for side in _line.split("|"))
    for _word in _one:
        _OPPOSITE.setdefault(_word, set()).update(_other)
    for _word in _other:
        _OPPOSITE.setdefault(_word, set()).update(_one)
_LIGHT = vocabulary(
    "is are was were am be been do does did can could has have had will would should must may of in on at to for ",
    "by with from and or as it its this that these those there they he she him her his them their i we you the a ",
    "an so because since than then very indeed both two all each any some here if which who what image picture ",
    "photo figure shown see seen",
)
LONGEST = 600  # characters of one stretch that are read
LEAST_SHARED = 0.5  # share of the question's content words that a statement needs to speak about the same matter


@dataclass(frozen=True, slots=True)
class YesNoReader:
    """Reads yes or no. ``question``, without its instructions, lets it read a statement of the matter ("the lines meet") as an
    answer.
    """

    question: str

    def marked(self, mark: Mark) -> Reading:
        text = without_boxes(mark.payload[:LONGEST]).strip()
        found = _leading(text) or _inside(text) or _chinese(text)
        if found or is_refusal(text):
            return found or Reading(refused="the reply says that it cannot tell")
        return self._stated(text)

    def decision(self, statement: Statement) -> Reading:
        text = statement.text[-LONGEST:]
        if is_question(text) or is_hypothetical(text) or not re.search(CONCLUSION, text, re.IGNORECASE):
            return NOTHING
        tail = re.split(CONCLUSION, text, flags=re.IGNORECASE)[-1]
        return _leading(tail) or _inside(text) or NOTHING

    def headline(self, statement: Statement, _following: Sequence[Statement]) -> Reading:
        text = statement.text[:LONGEST]
        return NOTHING if is_question(text) and len(text) > 5 else _leading(text) or (_chinese(text) if len(text) <= 6 else NOTHING)

    def opening(self, statement: Statement, restates: bool) -> Reading:
        return self.last(statement) if restates else NOTHING

    def last(self, statement: Statement) -> Reading:
        text = statement.text[-LONGEST:]
        if is_question(text) or is_hypothetical(text) or is_intention(text):
            return NOTHING
        if self._unseen(text):
            return Reading("no")
        if is_refusal(text):
            text = after_contrast(text)
        return _leading(text) or _inside(text) or _chinese(text) or self._stated(text)

    def _unseen(self, text: str) -> bool:
        """ "Can you see a lighthouse?" - "I cannot see one" is an answer, no refusal."""
        return bool(_ASKS_SIGHT.search(self.question) and _NOT_SEEN.search(text))

    def _stated(self, text: str) -> Reading:
        """The polarity of a statement about the matter of the question."""
        text = _IDIOM.sub(" ", text)
        asked, said = _content(self.question), _content(text)
        given = set(normal_words(text))
        if not given & {"it", "they", "he", "she", "there"} or len(said) > 2:
            reachable = asked | {word for one in asked for word in _OPPOSITE.get(one, ())}
            shared = len(_stems(said) & _stems(reachable))
            if not shared or shared < (1 if self._levels(text) or self._differs(text) else LEAST_SHARED * min(len(asked), 4)):
                return NOTHING
        elif not self._levels(text) and not re.search(
            r"\b(?:is|are|was|were|does|do|did|can|cannot|has|have|will)\b|n't", text, re.IGNORECASE
        ):
            return NOTHING
        return Reading("no" if self._denies(text, asked, said) else "yes")

    def _denies(self, text: str, asked: set[str], said: set[str]) -> bool:
        negations = len(_NEGATION.findall(text))
        opposed = any(_OPPOSITE.get(word, set()) & said and word not in said for word in asked)
        flips = negations % 2 + opposed + (self._levels(text) or self._differs(text)) + _swapped(self.question, text)
        asked_negatively = len(_NEGATION.findall(self.question)) % 2
        return bool((flips + asked_negatively) % 2)

    def _differs(self, text: str) -> bool:
        """Equality is asked for and a difference is stated: "are they equally long?" - "the upper one is longer than the lower"."""
        return bool(_EQUALITY.search(self.question) and _COMPARED.search(text)) and not _EQUALITY.search(text)

    def _levels(self, text: str) -> bool:
        """A comparison is asked for and equality is stated: "is A longer than B?" - "they have the same length"."""
        compared = bool(_COMPARED.search(self.question))
        return compared and bool(_EQUALITY.search(text)) and not _EQUALITY.search(self.question)


_COMPARATIVES = sorted(word for word in _OPPOSITE if word.endswith("er") and word not in {"over", "under", "after"})
_COMPARED = re.compile(rf"\w+er than|\b(?:{'|'.join(_COMPARATIVES)}|more|less)\b", re.IGNORECASE)
_ASKS_SIGHT = re.compile(r"\b(?:can|do|could) you (?:see|spot|find)\b|\b(?:is|are) there\b|\bvisible\b", re.IGNORECASE)
_NOT_SEEN = re.compile(
    r"\b(?:i|we|you)\s+(?:can(?:not|'t)|do(?: not|n't)|could(?: not|n't))\s+(?:see|spot|find)\s+(?:an?|any|one|it|that|such)\b",
    re.IGNORECASE,
)
_EQUALITY = re.compile(r"\b(?:same|equal(?:ly|s)?|identical|as \w+ as)\b", re.IGNORECASE)


def _leading(text: str) -> Reading:
    found = _LEAD.match(text)
    if found is None:
        return NOTHING
    rest = text[found.end() :]
    if re.match(r"\s*(?:/|or)\s*(?:no|yes|false|true)\b", rest, re.IGNORECASE):
        return Reading(refused="yes and no are both kept")
    return Reading(_polarity(found["word"]))


def _inside(text: str) -> Reading:
    found = list(_INSIDE.finditer(text))
    return Reading(_polarity(found[-1]["word"])) if found else NOTHING


def _chinese(text: str) -> Reading:
    if text.isascii():
        return NOTHING
    found = list(_CHINESE.finditer(text))
    return Reading("no" if found[0]["no"] else "yes") if found else NOTHING


def _polarity(word: str) -> str:
    word = word.lower()
    return "no" if word in NO or word.startswith(("not", "un")) else "yes"


def _content(text: str) -> set[str]:
    return {
        _LEMMAS.get(word, word)
        for word in normal_words(text)
        if word not in _LIGHT and not _NEGATION.fullmatch(word) and not word.endswith("n't")
    }


def _stems(given: set[str]) -> set[str]:
    return {stem(word) for word in given}


def _swapped(question: str, text: str) -> bool:
    """The two sides of a comparison have changed places: "is A longer than B?" - "B is longer than A"."""
    asked, said = (re.split(r"\bthan\b", part, maxsplit=1, flags=re.IGNORECASE) for part in (question, text))
    if len(asked) != 2 or len(said) != 2:
        return False
    first, second, left, right = (
        _stems({word for word in _content(side) if not word.endswith("er") and word not in {"more", "less"}})
        for side in (*asked, *said)
    )
    only_first, only_second = first - second, second - first
    return bool(only_first & right and only_second & left and not only_first & left - right)


def is_yes_no(gold: str, question: str) -> bool:
    """A gold answer that says yes or no. "Right" and "negative" do so only where the question can be answered by yes or no."""
    word = gold.strip().casefold().rstrip(".!")
    return word in YES | NO and (word in _PLAINLY or asked(question).yes_no)


def normal_yes_no(gold: str) -> str | None:
    """ "yes" or "no"; None for anything else. HallusionBench writes 1 and 0."""
    word = gold.strip().casefold().rstrip(".!")
    return "yes" if word in YES | {"1"} else "no" if word in NO | {"0"} else None


def yes_no_reader(question: str) -> YesNoReader:
    """The reader for ``question``, a cleaned text."""
    asking = [part for part in re.split(r"(?<=[.?!？。])\s*", question) if part.rstrip().endswith(("?", "？"))]
    return YesNoReader(" ".join(asking) or question)
