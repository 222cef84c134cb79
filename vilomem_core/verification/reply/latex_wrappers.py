r"""Take off the LaTeX that only dresses: math delimiters, \text and fonts, sizes, spacing. \frac, \sqrt, \boxed and their like
stay.
"""

from __future__ import annotations

import re

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
