r"""Take off Markdown, HTML and the LaTeX that only dresses: delimiters, fonts, sizes, spacing. Mathematics inside stays as it is:
\frac, \sqrt, \boxed and their like.
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"<!--.{0,2000}?-->", re.DOTALL)
_RAISED = re.compile(r"<sup>([^<>]{1,20})</sup>", re.IGNORECASE)
_BREAK = re.compile(r"<\s*(?:br|hr)\s*/?>|\[/?br\]|</?\s*(?:p|div|li|ul|ol|h[1-6]|tr|table)\s*>", re.IGNORECASE)
_TAG = re.compile(
    r"</?\s*(?:b|i|u|em|strong|span|sub|code|pre|mark|font|center|td|th|small|big|kbd)(?:\s[^<>]{0,80})?>", re.IGNORECASE
)
_STRAY_END = re.compile(r"</\s*(?:final_?)?(?:answer|response|output|solution)\s*>", re.IGNORECASE)
_ENTITIES = {"&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&amp;": "&", "&minus;": "-", "&times;": "×", "&deg;": "°", "&quot;": '"'}

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w+-]*[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,}|(?:[-*_] ){2,}[-*_])[ \t]*$", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+(?!\d)", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+(.*?)[ \t]*#*$", re.MULTILINE)
_HASHES = re.compile(r"^[ \t]*#{2,4}[ \t]*([-+$€£]?\d[\d.,/]*[ ]?%?)[ \t]*$", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*[-*+•‣▪◦·●][ \t]+(?=\S)", re.MULTILINE)
_ONLY_A_NUMBER = re.compile(r"^\s*[-–][ \t]+(?=[\d.$€£]\S{0,20}\s*$)")  # no list has one item: it is a minus sign
_STRONG = re.compile(r"(?<![\w)\]*])(\*{2,3})(?=[^\s*])([^*]{1,400}?)(?<=\S)\1(?!\*)")
_STRONG_LOW = re.compile(r"(?<![\w_])(__)(?=[^\s_])([^_\n]{1,400}?)(?<=\S)__(?![\w_])")
_EMPHASIS = re.compile(r"(?<![\w)\]*\\^])\*(?=[^\s*])([^*\n]{1,400}?)(?<=[^\s*])\*(?![\w(*])")
_EMPHASIS_LOW = re.compile(r"(?<![\w_\\)\]}])_(?=[^\s_])([^_\n]{1,400}?)(?<=[^\s_])_(?![\w_])")
_STARS = re.compile(r"(?P<gap>[ \t]?)(?P<stars>\*+)(?P<next>[ \t]?)")
_UNDERSCORES = re.compile(r"(?<![\w)\]}])_+|_+(?![\w{\\])")
_OPERAND_BEFORE = re.compile(r"[\w)\]}]")
_OPERAND_AFTER = re.compile(r"[\w(\[{\\-]")
_STRIKE = re.compile(r"~~[^~\n]{1,400}~~")
_TICKS = re.compile(r"`{1,2}([^`\n]{1,400})`{1,2}")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\((?:https?://|#|\./)[^()\s]{0,300}\)")


def without_markup(text: str) -> str:
    """``text`` without Markdown and HTML. What was struck out is gone. Fences, rules and bullets go; line breaks stay."""
    if "<" in text or "&" in text:
        text = _without_html(text)
    text = _FENCE.sub("", text)
    text = _QUOTE.sub("", text)
    text = _RULE.sub("", text)
    text = _HASHES.sub(r"Final answer: \1", text)  # the GSM8K form of a final answer
    text = _HEADING.sub(r"\1", text)
    text = _BULLET.sub("", _ONLY_A_NUMBER.sub("-", text))
    if "_" in text:
        text = _UNDERSCORES.sub("", _EMPHASIS_LOW.sub(r"\1", _STRONG_LOW.sub(r"\2", text)))
    if "*" in text:
        text = _EMPHASIS.sub(r"\1", _STRONG.sub(r"\2", _STRONG.sub(r"\2", text)))
        text = _STARS.sub(_without_stray, text)
    if "~~" in text:
        text = _STRIKE.sub(" ", text)
    if "`" in text:
        text = _TICKS.sub(r"\1", text)
    return _LINK.sub(r"\1", text) if "](" in text else text


def _without_stray(found: re.Match[str]) -> str:
    """A star between two operands multiplies; any other one is left over from emphasis."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() : found.end() + 1]
    even = bool(found["gap"]) == bool(found["next"])
    if even and _OPERAND_BEFORE.match(before or " ") and _OPERAND_AFTER.match(after or " ") and len(found["stars"]) <= 2:
        return found[0]
    return found["gap"] + found["next"]


def _without_html(text: str) -> str:
    text = _COMMENT.sub(" ", text)
    text = _RAISED.sub(r"^{\1}", text)
    text = _BREAK.sub("\n", text)
    text = _TAG.sub("", text)
    if "<answer" not in text.lower():
        text = _STRAY_END.sub("\n", text)  # what it closes was opened in the prompt
    for entity, plain in _ENTITIES.items():
        text = text.replace(entity, plain)
    return text


# the rule of Pandoc: an opening $ has no blank after it, a closing one has none before it and no digit after it
_DOLLARS = re.compile(r"(?<!\\)\$(?=[^\s$])([^$]{1,600}?)(?<=[^\s\\])\$(?!\d)")
_SPACED_DOLLARS = re.compile(r"(?<!\\)\$\s([^$\n]{1,300})\s\$(?!\d)")
_DISPLAY = re.compile(r"(?<!\\)\$\$")
_DELIMITER = re.compile(r"(?<!\\)\\[()\[\]]")
_FONT = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|mathrm|mathbf|mathit|mathsf|mathtt|mathnormal|boldsymbol|bm|operatorname"
    r"|mbox|hbox|emph|underline"
    r"|overline|bold|rm|bf|it|displaystyle|vec|mathbin|mathord|pmb)\*?\s*\{((?:[^{}]|\{[^{}]{0,40}\}){0,600}?)\}"
)
_SIZE = re.compile(
    r"\\(?:left|right|bigl|bigr|Bigl|Bigr|big|Big|bigg|Bigg|biggl|biggr|displaystyle|textstyle|limits|nolimits|rm"
    r"|bf)(?![a-zA-Z])\.?"
)
_SPACE = re.compile(
    r"\\(?:quad|qquad|enspace|thinspace|hspace\{[^{}]*\}|phantom\{[^{}]*\}|newline|noindent|par)(?![a-zA-Z])"
    r"|(?<!\\)\\[,;:> ]|(?<=\S)~(?=\S)"
)
_DEGREES = re.compile(
    r"\s*\^\s*\{\s*\\(?:circ|degree)\s*\}|\s*\^\s*\\(?:circ|degree)(?![a-zA-Z])|\\(?:degree|textdegree)(?![a-zA-Z])"
    r"|\s*\^\s*\{?\s*[°∘o]\s*\}(?=\W|$)|\^°|\^∘"
)
_SYMBOLS = {
    r"\%": "%",
    r"\#": "#",
    r"\&": "&",
    r"\_": "_",
    "{,}": ",",
    r"\!": "",
    r"\dfrac": r"\frac",
    r"\tfrac": r"\frac",
    r"\cfrac": r"\frac",
    r"\pounds": "£",
    r"\euro": "€",
    r"\textdollar": "$",
    r"\lbrace": r"\{",
    r"\rbrace": r"\}",
}
_ARROWS = re.compile(r"\\(?:Rightarrow|rightarrow|to|implies|Longrightarrow|longrightarrow|iff|Leftrightarrow)(?![a-zA-Z])")
_THEREFORE = re.compile(r"\\therefore(?![a-zA-Z])")
_ENVIRONMENT = re.compile(
    r"\\(?:begin|end)\{(?:align|aligned|equation|gather|gathered|split|multline|eqnarray|center|flalign|displaymath|math)\*?\}"
)
_MATRIX = re.compile(r"\\begin\{[a-zA-Z]*(?:matrix|array|cases)\}")
_DOUBLED = re.compile(r"\\\\(?=(?:boxed|frac|dfrac|sqrt|text|times|cdot|pi|left|right|circ|infty|leq?|geq?|pm|approx)(?![a-z]))")
_LITERAL_BREAK = re.compile(r"\\n(?![a-zA-Z])")
_BARE_BOX = re.compile(r"\\(boxed|fbox|frac)\s+(?=\{)|\\(?:framebox|colorbox\{\w+\})\s*(?=\{)")


def without_wrappers(text: str) -> str:
    r"""``text`` with dressing LaTeX taken off. A currency sign stays a plain ``$``; ``\\`` outside a matrix is a line break."""
    if "$" in text:
        text = _DISPLAY.sub(" ", text) if text.count("$$") % 2 == 0 else text.replace("$$", " ")
        text = _DOLLARS.sub(r"\1", text)
        text = _SPACED_DOLLARS.sub(r"\1", text)
    if "\\" not in text and "{" not in text:
        return text
    text = _LITERAL_BREAK.sub("\n", _DOUBLED.sub(r"\\", text))
    text = _DELIMITER.sub(" ", text)
    for command, plain in _SYMBOLS.items():
        text = text.replace(command, plain)
    text = _DEGREES.sub("°", text)
    text = _SPACE.sub(" ", text)
    text = _SIZE.sub("", text)
    text = _ARROWS.sub(" → ", text)
    text = _THEREFORE.sub(" therefore ", text)
    text = _BARE_BOX.sub(lambda box: f"\\{box[1] or 'boxed'}", text)
    text = _without_fonts(text)
    return _without_environments(text).replace(r"\$", "$")


def _without_fonts(text: str) -> str:
    for _ in range(4):  # fonts inside fonts: more than four deep is not written by anyone
        text, changed = _FONT.subn(r"\1", text)
        if not changed:
            break
    return text


def _without_environments(text: str) -> str:
    aligned = _ENVIRONMENT.search(text)
    text = _ENVIRONMENT.sub("\n", text)
    if _MATRIX.search(text):
        return text
    text = text.replace("\\\\", "\n")
    return re.sub(r"&\s*(?==|≈|<|>|\\)", "", text) if aligned else text
