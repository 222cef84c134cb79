"""The part of a sentence that answers: what is left when the words of the question and the grammar are taken away."""

from __future__ import annotations

import re

from vilomem_core.verification.reply.clean import normal_words, vocabulary
from vilomem_core.words import stem

LONGEST_PHRASE = 8  # words; longer answers without a verb are titles, which stand in quotes or alone
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|does|do|did|can|will|would|shows?|says?|reads?|contains?|holds?"
    r"|wears?|belongs?|looks?|appears?|seems?|sees?|depicts?|represents?|displays?|(?<=\bi )(?:see|think|believe)"
    r"|features?|called|named|lies|stands|sits|sitting|holding|wearing)\b|(?<=\bit)'s\b|(?<=\bhe)'s\b"
    r"|(?<=\bthat)'s\b|(?<=\bthere)'s\b|(?<=\bshe)'s\b|'re\b",
    re.IGNORECASE,
)
_GRAMMAR = vocabulary(
    "a an the is are was were be been being am do does did done has have had having can could will would shall ",
    "should may might must it its this that these those there here he she they them him her his their i we you my ",
    "our your ",
    "of in on at to for by with from as into onto up and or so then thus therefore hence also just only very ",
    "clearly definitely probably likely certainly indeed simply overall finally ",
    "what which who whom whose where when why how ",
    "says said say reads read shows shown show shows states stated displays displayed depicts depicted written ",
    "called named titled labelled labeled seems appears looks look looking like appear see seen think believe ",
    "guess ",
    "answer image picture photo figure question text word words title name sign label chart graph map one thing ",
    "object item person kind type ' it's that's he's she's there's they're this's",
)
_ANCHOR = vocabulary(
    "is are was were be been being reads read says said say shows show shown called named titled labelled labeled ",
    "belongs contains holds wears has have had made looks look seems appears depicts represents displays features ",
    "see sees think believe to as of by in",
)
_STRONG_ANCHOR = vocabulary(
    "is are was were be reads read says said say shows show called named titled labelled labeled contains has have ",
    "had depicts represents displays features wears holds it's that's he's she's there's they're",
)
_PLACED = vocabulary("stands sits lies hangs stand sit lie hang rests runs flies grows lives goes comes won wins")
_QUOTES = vocabulary("says say reads read called named titled")  # what follows is quoted, to the last word
_CUT = vocabulary(
    "on in at against near next beside behind under over above below between from during that which who while ",
    "because with into along across around through when where, where by for and but standing sitting leaning lying ",
    "walking running located placed parked so making",
)
_UNSURE = vocabulary(
    "not no never neither nor or either without except isn't doesn't aren't wasn't don't cannot can't maybe perhaps"
)
_SUBJECTS = vocabulary("it they he she there this that which who")
_ASKED_NOUN = re.compile(r"\b(?:which|what)\s+(?:kind of\s+|type of\s+)?([A-Za-z-]+)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\s]+")
_EDGE = " \t.,;:!?\"'()[]{}*"


def is_phrase(text: str, question: str = "") -> bool:
    """A short text without a finite verb: an answer by itself. It does not begin with the matter of the question."""
    given = normal_words(text)
    count = len(normal_words(text, articles=True))
    if (
        count > 3
        and question
        and given
        and stem(given[0]) in {stem(word) for word in normal_words(question)}
        and given[0] not in _GRAMMAR
    ):
        return False
    return count == 1 or (1 < count <= LONGEST_PHRASE + 4 and not _VERB.search(text))


def answer_span(text: str, question: str, cut: bool = True) -> tuple[str, str]:
    """The answer in a sentence, in full and without what is added to it ("a hat", of "a hat with a feather").

    The answer stands behind the last verb that has something new behind it; a sentence that says nothing new there names it
    before the verb ("September is the hottest month").
    """
    tokens = [(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]
    asked = {stem(word) for word in normal_words(question)}
    bare = [token.strip(_EDGE).casefold() for token, _, _ in tokens]
    new = [bool(word) and word not in _GRAMMAR and stem(word) not in asked for word in bare]
    for place in range(1, len(new)):  # "New York City" keeps its noun where a city is asked for
        new[place] = new[place] or (new[place - 1] and all(tokens[at][0][:1].isupper() for at in (place - 1, place)))
    if not any(new):
        return _restated(text, bare, tokens)
    first, last = _bounds(bare, new, asked, {stem(found[1].casefold()) for found in _ASKED_NOUN.finditer(question)})
    whole = text[tokens[first][1] : tokens[last][2]]
    end = _cut_at(bare, tokens, first, last) if cut else last
    return whole.strip(_EDGE), text[tokens[first][1] : tokens[end][2]].strip(_EDGE)


def _bounds(bare: list[str], new: list[bool], asked: set[str], heads: set[str]) -> tuple[int, int]:
    anchors = [
        place
        for place, word in enumerate(bare)
        if word in _STRONG_ANCHOR or (stem(word) in asked and word.endswith(("ing", "s", "ed")) and place)
    ]
    for anchor in anchors:
        after = [place for place in range(anchor + 1, len(bare)) if new[place]]
        if after and not any(later in anchors for later in range(anchor + 1, after[0])):
            last = len(bare) - 1 if bare[anchor] in _QUOTES else after[-1]
            return _grown(bare, after[0], anchor + 1, heads), last
    places = [place for place, is_new in enumerate(new) if is_new]
    end = next((place - 1 for place in range(places[0], len(bare)) if bare[place] in _STRONG_ANCHOR | _PLACED), places[-1])
    return _grown(bare, places[0], 0, heads), max(end, places[0])


def _grown(bare: list[str], first: int, least: int, heads: set[str]) -> int:
    """Words of the question directly before the first new word belong to it ("blue" in "a blue car", asked about blue things);
    ``heads``, what was asked for ("which brand"), do not.
    """
    while (
        first > least
        and bare[first - 1]
        and bare[first - 1] not in _GRAMMAR
        and bare[first - 1] not in _ANCHOR
        and stem(bare[first - 1]) not in heads
        and not bare[first - 1].endswith("ing")
    ):
        first -= 1
    return first


def _cut_at(bare: list[str], tokens: list[tuple[str, int, int]], first: int, last: int) -> int:
    for place in range(first + 1, last + 1):
        ends_clause = tokens[place - 1][0].endswith((",", ";", ":"))
        joins = bare[place] == "and" and not set(bare[place + 1 : place + 4]) & (_STRONG_ANCHOR | _PLACED | _SUBJECTS)
        if ((bare[place] in _CUT and not joins) or ends_clause) and not _names_on(tokens, place, last):
            return place - 1
    return last


def _names_on(tokens: list[tuple[str, int, int]], place: int, last: int) -> bool:
    """The title or name goes on: the next word that is no article is capitalised ("Alice in Wonderland")."""
    following = [tokens[later][0].strip(_EDGE) for later in range(place, min(place + 3, last + 1))]
    heads = [word for word in following if word.casefold() not in _CUT | {"the", "a", "an"}]
    return bool(heads) and heads[0][:1].isupper() and tokens[place - 1][0][:1].isupper()


def _restated(text: str, bare: list[str], tokens: list[tuple[str, int, int]]) -> tuple[str, str]:
    """Nothing in it is new: the answer is one of the words of the question ("The mug is white.")."""
    anchors = [place for place, word in enumerate(bare) if word in _STRONG_ANCHOR]
    start = anchors[0] + 1 if anchors else 0
    kept = text[tokens[start][1] :].strip(_EDGE) if start < len(tokens) else ""
    return kept, kept


def states(sentence: str, gold: str, question: str) -> bool:
    """``sentence`` says ``gold`` and else only words of the question and of grammar, but for an addition ("… on a court").

    Never so for a denial, an alternative, or a gold answer that the question itself names.
    """
    said, wanted, known = normal_words(sentence), normal_words(gold), {stem(word) for word in normal_words(question)}
    if not wanted or {stem(word) for word in wanted} <= known or len(said) <= len(wanted) or _UNSURE & set(said):
        return False
    for start in range(len(said) - len(wanted) + 1):
        if said[start : start + len(wanted)] == wanted:
            before, after = said[:start], said[start + len(wanted) :]
            added = bool(after) and after[0] in _CUT - {"and", "but"}
            return all(_is_known(word, known) for word in before) and (added or all(_is_known(word, known) for word in after))
    return False


def _is_known(word: str, known: set[str]) -> bool:
    return word in _GRAMMAR - {"and", "or"} or stem(word) in known


def without_question_words(text: str, question: str) -> str:
    """A phrase without the words at its end that the question has already said ("United States won", "the dark green door")."""
    tokens = text.split()
    heads = {stem(found[1].casefold()) for found in _ASKED_NOUN.finditer(question)}  # "which ocean": "Pacific Ocean" keeps its noun
    asked = {stem(word) for word in normal_words(question)} - heads
    while len(tokens) > 1 and stem(tokens[-1].strip(_EDGE).casefold()) in asked:
        tokens.pop()
    kept = " ".join(tokens)
    return kept if set(normal_words(kept)) - {"a", "an", "the"} else text
