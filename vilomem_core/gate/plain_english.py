"""Plain English sentences: no markup, no code, no other language.

Mathematics, LaTeX included, is plain. A language is told by its script, then by the function words that every sentence needs.
"""

from __future__ import annotations

import re
import unicodedata

from vilomem_core.words import one_line, word_set, words

MIN_WORDS = 6  # fewer words may do without function words in any language
MIN_ENGLISH_SHARE = 0.05  # a tenth of that of running English; formulas and terse advice go down to about 0.12
MAX_FOREIGN_LETTERS = 0.15  # share of letters that are neither Latin nor Greek (Greek letters are mathematics)

_ENGLISH = word_set(
    """
    the a an of to in on at by for from with and or but not is are be was were it its this that these those as if when where
    which who how than then so no only each any all both into over between before after do does can must should may have has had
    there their they you your one same other more most what because while whether never always such up out off unless until
    """
)
_OTHERS = {
    "German": """
        der die das und ist nicht ein eine einen dem den des zu mit auf für von im sich auch es an werden wenn dass ob bei wird
        sind nach aus oder wie man bevor immer nur noch vor über""",
    "French": """
        le la les des et est une un du dans que qui pour pas sur ne avec il au par plus ce sont avant si vous on être en aux ou
        cette toujours quand lorsque faut se""",
    "Spanish": """
        el la los las de que y en un una es no por con para se del al lo su como más si antes cuando siempre o hay son esta este
        cada sin sobre debe ser""",
    "Italian": """
        il lo la gli le di che e un una è non per con si del della dei nel al da come più se prima quando sempre o sono questa
        questo ogni deve essere in sulla alla""",
    "Portuguese": """
        o a os as de que e em um uma é não por com para se do da dos das no na ao como mais antes quando sempre ou são esta este
        cada sem deve ser""",
    "Dutch": """
        de het een en van is niet in op te dat die voor met zijn aan er als bij ook wordt of maar naar om dan voordat altijd
        wanneer deze door je""",
    "Swedish": "och att det som en på är av för med den inte till ett om har de kan när innan alltid eller från vid ska så",
    "Danish": "og at det som en på er af for med den ikke til et om har de kan når før altid eller fra ved skal så",
    "Polish": "i w na się nie z do że jest to od jak ale dla przed przez czy po lub gdy zawsze są tylko należy",
    "Czech": "a v na se není z do že je to od jak ale pro před nebo když vždy jsou jen by při podle",
    "Romanian": "și în la cu nu este un o de pe care pentru din să mai sau când dacă înainte întotdeauna sunt ale",
    "Turkish": "ve bir bu için ile da de ne gibi daha çok önce her değil olarak sonra olan veya ise mi",
    "Indonesian": "yang dan di untuk dengan pada tidak ini itu dari adalah sebelum jika akan atau selalu ke dalam sebuah oleh",
    "Finnish": "ja on ei se että kun jos tai ennen aina kuin mutta ovat joka myös niin sen ole",
    "Hungarian": "a az és nem hogy egy is ha vagy mielőtt mindig de meg van mint azt csak ez",
    "Vietnamese": "và là của không trong một các cho khi với được có này trước những nếu hoặc luôn",
}
_FOREIGN = {name: word_set(listed) for name, listed in _OTHERS.items()}
_MIXED = re.compile(r"[^\W\d_]+")
_HTML_NAMES = (
    "a|article|audio|b|base|blockquote|body|br|button|canvas|center|code|data|details|div|em|embed|fieldset|font|footer|form|frame|"
    "h[1-6]|head|header|hr|html|i|iframe|img|input|kbd|label|li|link|main|mark|meta|nav|object|ol|option|p|param|picture|pre|script|"
    "section|select|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|th|thead|title|tr|tt|u|ul|video"
)
# (what is named in the reason, pattern)
_MARKUP: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a code fence", one_line(r"```|~~~")),
    # a < b > c is mathematics: a tag is a known name, a closing tag, or a name with an attribute
    ("an HTML tag", one_line(rf"<\s*(?:{_HTML_NAMES})(?:\s[^<>]*)?/?>", re.I)),
    ("a closing tag", one_line(r"</\s*[a-z][\w:-]*\s*>|<!--|<!doctype|<\?[a-z]", re.I)),
    ("a tag with attributes", one_line(r"<[a-z][\w:-]*\s+[\w:-]+\s*=\s*[\"'][^<>]*>", re.I)),
    ("a Markdown heading", one_line(r"^\s{0,3}#{1,6}\s+\S", re.M)),
    ("a Markdown list", one_line(r"""^\s*(?:[-*+•]|\d{1,2}[.)])\s+\S[^\n]*\n(?:[^\n]*\n)*?\s*(?:[-*+•]|\d{1,2}[.)])\s+\S""", re.M)),
    ("a Markdown table", one_line(r"^\s*\|.*\|.*\|\s*$", re.M)),
    ("Markdown emphasis", one_line(r"\*\*(?=[^\W_])[^*\n]+\*\*|(?<!\w)__(?=[^\W_])[^_\n]+__(?!\w)")),
    ("a link or an image", one_line(r"!?\[[^\]\n]*\]\([^)\s]+\)|\bhttps?://|\bwww\.\w")),
    ("a code span", one_line(r"`[^`\n]+`")),
    (
        "program code",
        one_line(r"^\s*(?:def|class)\s+\w+\s*[(:]|^\s*(?:from\s+[\w.]+\s+)?import\s+[\w.]+\s*$|^\s*#include\b", re.M),
    ),
    (
        "program code",
        one_line(r"\b(?:console\.log|print|printf|println|eval|exec|system)\s*\(|=>\s*\{|\bfunction\s*\w*\s*\(|\blambda\s+\w+\s*:"),
    ),
    (
        "program code",
        one_line(
            r"""\b(?:let|const|var|int|float|return|for|while|if)\b[^\n.]*[;{]\s*(?:$|\}|\n)|[\w\])]\s*(?:\+\+|==|!=
                |&&|\|\|)\s*[\w(;]"""
        ),
    ),
    ("a program's name for a thing", one_line(r"\b[a-z]+_[a-z]+_[a-z_]+\b")),
    (
        "a database or shell command",
        one_line(r"\bSELECT\b.+\bFROM\b|\bDROP\s+TABLE\b|\bINSERT\s+INTO\b|\brm\s+-rf?\b|\bsudo\s+\w|\bcurl\s+-?\w+"),
    ),
    ("a JSON object", one_line(r"\{\s*\"[^\"\n]+\"\s*:")),
)


def markup(text: str) -> str:
    """The objection to ``text``, or an empty string."""
    for name, pattern in _MARKUP:
        found = pattern.search(text)
        if found:
            return f"it holds {name}: {_excerpt(found[0])}"
    return ""


def _excerpt(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= 40 else shown[:39] + "…"


def foreign_language(text: str) -> str:
    """The objection to ``text``, or an empty string."""
    return ("" if text.isascii() else _foreign_script(text)) or _foreign_words(words(text))


def _foreign_script(text: str) -> str:
    letters = [char for char in text if char.isalpha()]
    foreign = [char for char in letters if _script(char) == "other"]
    if len(foreign) > MAX_FOREIGN_LETTERS * len(letters):
        return f"{len(foreign)} of its {len(letters)} letters are of another script"
    for word in _MIXED.findall(text):
        if len({_script(char) for char in word} & {"latin", "other"}) == 2:
            return f"a word mixes scripts: {word[:30]}"
    return ""


def _foreign_words(found: list[str]) -> str:
    english = sum(word in _ENGLISH for word in found)
    name, other = max(
        ((name, sum(word in little for word in found)) for name, little in _FOREIGN.items()), key=lambda pair: pair[1]
    )
    accents = sum(not word.isascii() and _script(word[0]) == "latin" for word in found)
    if len(found) >= MIN_WORDS and english < MIN_ENGLISH_SHARE * len(found):
        return f"its words look {name}" if other else "it has none of English's function words"
    if other >= 2 and other + accents > english + 1:
        return f"its words look {name}"
    return ""


def _script(char: str) -> str:
    """``latin``, ``greek`` (with mathematical and unit letters) or ``other``."""
    name = unicodedata.name(char, "")
    if name.startswith("LATIN") or char in "ªº":
        return "latin"
    if name.startswith(
        ("GREEK", "MATHEMATICAL", "MICRO", "OHM", "SCRIPT", "DOUBLE-STRUCK", "BLACK-LETTER", "ALEF", "MODIFIER LETTER")
    ):
        return "greek"
    return "other"
