"""Cut a mathematical text, LaTeX or plain, into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vilomem_core.verification.reply.clean import vocabulary

MAX_TOKENS = 200  # no answer is longer; bounds all work on expressions, and the depth of trees


class NotMathematics(ValueError):
    """The text is no expression that the reader knows."""


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is number, name, operator, open, close, separator, relation or end; ``space`` says that a blank stood before it."""

    kind: str
    text: str
    space: bool


_NUMBER = r"\d+(?:\.\d+)?(?:[eE][-+]?\d{1,4}(?!\w|\.\d))?|\.\d+"
_GROUPED = r"\d{1,3}(?:,\d{3})+(?![\d])(?:\.\d+)?"
_REST = (
    r"(?P<relation><=|>=|!=|==|=<|\\leqslant|\\geqslant|\\leq?(?![a-z])|\\geq?(?![a-z])|\\neq?(?![a-z])"
    r"|\\lt(?![a-z])|\\gt(?![a-z])|\\approx|\\in(?![a-z])|\\sim(?![a-z])|[=<>≤≥≠≈∈≡])"
    r"|(?P<operator>\*\*|\\times|\\cdot|\\div|\\pm|\\ast(?![a-z])|\\cup|\\setminus|[-+*/^×·⋅∙÷±!%°_∪∖])"
    r"|(?P<open>\\\{|\\langle|\\lfloor|\\lceil|[(\[{⟨⌊⌈])|(?P<close>\\\}|\\rangle|\\rfloor|\\rceil|[)\]}⟩⌋⌉])"
    r"|(?P<bar>\\\||\||\\[lr]?vert)"
    r"|(?P<separator>[,;:]|\\\\|&)|(?P<name>\\[a-zA-Z]+|[√∞ℝℤℕℚ∅π]|[a-zA-Zα-ωΑ-Ω]+'*)"
)
_PLAIN = re.compile(rf"\s*(?:(?P<number>{_NUMBER})|{_REST})")
_WITH_GROUPS = re.compile(rf"\s*(?:(?P<number>{_GROUPED}|{_NUMBER})|{_REST})")
_SPELLINGS = {
    "\\times": "*", "\\cdot": "*", "×": "*", "·": "*", "⋅": "*", "∙": "*", "\\ast": "*", "\\div": "/", "÷": "/",
    "\\pm": "±", "**": "^",
    "\\cup": "∪", "\\setminus": "∖",
    "≤": "<=", "=<": "<=", "\\le": "<=", "\\leq": "<=", "\\leqslant": "<=", "≥": ">=", "\\ge": ">=", "\\geq": ">=",
    "\\geqslant": ">=",
    "≠": "!=", "\\ne": "!=", "\\neq": "!=", "==": "=", "≡": "=", "\\lt": "<", "\\gt": ">", "≈": "≈", "\\approx": "≈", "\\sim": "≈",
    "∈": "in", "\\in": "in",
    "\\{": "{", "\\}": "}", "⟨": "<(", "\\langle": "<(", "⟩": ")>", "\\rangle": ")>",
    "\\lfloor": "⌊", "\\rfloor": "⌋", "\\lceil": "⌈", "\\rceil": "⌉", "\\|": "|", "\\vert": "|", "\\lvert": "|", "\\rvert": "|",
    "\\\\": ";",
    "&": ",",
}  # fmt: skip


FUNCTIONS = vocabulary(
    "sin cos tan cot sec csc arcsin arccos arctan asin acos atan sinh cosh tanh ln log lg exp sqrt abs floor ceil ",
    "cbrt max min gcd lcm",
)
GREEK = vocabulary(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau ",
    "upsilon phi varphi chi psi omega ",
    "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell",
)
CONSTANTS = {"pi": "pi", "π": "pi", "infty": "oo", "∞": "oo", "oo": "oo", "inf": "oo", "infinity": "oo"}
_WORDS = FUNCTIONS | GREEK | CONSTANTS.keys() | {"and", "or", "in", "mathbb", "frac"}
# sums, integrals and limits: values only symbolic algebra can tell
_BIG_OPERATORS = vocabulary(
    r"\int \iint \iiint \oint \sum \prod \coprod \lim \limsup \liminf \bigcup \bigcap \partial \nabla \forall \exists"
)
_BEGIN = re.compile(r"\\begin\{[a-z]*(?:matrix|array)\}(?:\{[lcr|]*\})?", re.IGNORECASE)
_END = re.compile(r"\\end\{[a-z]*(?:matrix|array)\}", re.IGNORECASE)
LONGEST_PRODUCT = 3  # "abc" may be a product of letters, a longer run is a word


def tokens(text: str, grouping: bool = False) -> list[Token]:
    """All tokens of ``text``, an end token last. With ``grouping``, 1,234 is one number. Raises ``NotMathematics``."""
    pattern = _WITH_GROUPS if grouping else _PLAIN
    text = _END.sub(r" \\end ", _BEGIN.sub(r" \\begin ", text)).strip()
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None or len(found) >= MAX_TOKENS:
            raise NotMathematics(text[position : position + 20])
        kind = match.lastgroup or ""
        raw = match[kind]
        spaced = match.start(kind) > position
        position = match.end()
        if raw in _BIG_OPERATORS:
            raise NotMathematics(raw)
        if kind == "name" and not raw.startswith("\\") and raw not in _WORDS:
            found += _letters(raw, spaced)
            continue
        spelled = _SPELLINGS.get(raw, raw.replace(",", "") if kind == "number" else raw)
        found.append(Token("set" if raw in {"\\{", "\\}"} else kind, spelled, spaced))
    found.append(Token("end", "", False))
    return found


def _letters(word: str, spaced: bool) -> list[Token]:
    bare = word.rstrip("'")
    if len(bare) > LONGEST_PRODUCT:
        raise NotMathematics(word)
    names = [*bare[:-1], bare[-1:] + word[len(bare) :]]
    return [Token("name", name, spaced and index == 0) for index, name in enumerate(names)]
