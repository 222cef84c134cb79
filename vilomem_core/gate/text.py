"""A guideline as the checks read it: one spelling for every way to write the same characters."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# format characters that nobody sees and that split a word for a pattern: zero-width, direction marks, tags
_INVISIBLE = frozenset({"Cf", "Co", "Cn", "Cs"})
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})


def readable(text: str) -> str:
    """Compatibility forms folded (NFKC), invisible characters dropped, quotes plain, line breaks kept."""
    if text.isascii():
        return text.strip()  # nothing to fold or to drop, and most guidelines are
    folded = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    return "".join(char for char in folded if unicodedata.category(char) not in _INVISIBLE).strip()


def hidden_characters(text: str) -> int:
    """How many characters of ``text`` nobody can see (a soft hyphen and a byte order mark are innocent)."""
    if text.isascii():
        return 0
    return sum(unicodedata.category(char) in _INVISIBLE and char not in "\u00ad\ufeff" for char in text)


def words(text: str) -> list[str]:
    """The words in lower case, without numbers and symbols."""
    return [match.casefold() for match in _WORD.findall(text)]


def one_line(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Compiles a pattern that was written over several lines: each line break goes, with the spaces that indent the next line."""
    return re.compile(re.sub(r"\n\s*", "", pattern), flags)


def word_set(listed: str) -> frozenset[str]:
    """The words of a list that was written as running text."""
    return frozenset(listed.split())
