"""Write a tree as sympy-like ASCII: the normal form of expressions."""

from __future__ import annotations

from fractions import Fraction

from vilomem_core.verification.mathematics.parser import Node
from vilomem_core.verification.mathematics.values import NoValue, value

_LEVEL = {
    "relation": 0,
    "list": 0,
    "union": 1,
    "without": 1,
    "ratio": 1,
    "sum": 2,
    "difference": 2,
    "choice": 2,
    "negative": 3,
    "product": 4,
    "quotient": 4,
    "power": 6,
}
_SIGN = {
    "sum": "+",
    "difference": "-",
    "product": "*",
    "quotient": "/",
    "power": "**",
    "choice": "+-",
    "union": "U",
    "without": "\\",
    "ratio": ":",
}


def plain_number(text: str) -> str:
    """Digits without superfluous zeros: 1.50 is 1.5, 007 is 7. Exponents are kept: 1.60e-19 is 1.6e-19."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    decimals = decimals.rstrip("0")
    mantissa = (whole.lstrip("0") or "0") + ("." + decimals if decimals else "")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def written(node: Node) -> str:
    """``node`` as ASCII text; sets are sorted when their elements are numbers, else by their text."""
    if node.kind == "number":
        return plain_number(node.text)
    if node.kind == "symbol":
        return "(-oo,oo)" if node.text == "reals" else node.text
    if node.kind == "call":
        return _call(node)
    if node.kind == "negative":
        return "-" + _inside(node.args[0], 3)
    if node.kind == "set":
        return "{" + ",".join(written(item) for item in sorted(node.args, key=_order)) + "}"
    if node.kind in {"group", "interval"}:
        return node.text[0] + ",".join(written(item) for item in node.args) + node.text[1]
    if node.kind == "list":
        return ",".join(written(item) for item in node.args)
    if node.kind == "relation":
        return _relation(node)
    return _operation(node)


def _call(node: Node) -> str:
    first = node.args[0]
    if node.text == "factorial":
        return _inside(first, 7) + "!"
    if node.text == "percent":
        return _inside(first, 7) + "%"
    return f"{node.text}({','.join(written(item) for item in node.args)})"


def _operation(node: Node) -> str:
    left, right = node.args
    if node.kind == "product" and left.kind == "quotient" and right.kind != "number":
        above, below = left.args  # 3/2*sqrt(5) is written 3*sqrt(5)/2
        over = right if above == Node("number", "1") else Node("product", "", (above, right))
        return written(Node("quotient", "", (over, below)))
    level = _LEVEL[node.kind]
    if node.kind == "choice" and left == Node("number", "0"):
        return "+-" + _inside(right, level + 1)
    if node.kind == "power":
        return f"{_inside(left, 7)}**{_inside(right, 7)}"
    # the right side of - and / keeps its brackets: a-(b-c)
    strict = node.kind in {"difference", "quotient"}
    return _inside(left, level) + _SIGN[node.kind] + _inside(right, level + 1 if strict else level)


def _inside(node: Node, level: int) -> str:
    text = written(node)
    return f"({text})" if _LEVEL.get(node.kind, 9) < level else text


def _relation(node: Node) -> str:
    signs = node.text.split()
    return written(node.args[0]) + "".join(sign + written(side) for sign, side in zip(signs, node.args[1:], strict=True))


def _order(node: Node) -> tuple[int, Fraction | int, str]:
    negative = node.kind == "negative"
    inner = node.args[0] if negative else node
    if inner.kind == "number" and len(inner.text) < 60 and "e" not in inner.text.lower():
        size = Fraction(inner.text)
        return 0, -size if negative else size, ""
    try:
        number = value(node)
    except NoValue:
        return 1, 0, written(node)
    return (0, number, "") if isinstance(number, Fraction) else (0, Fraction(number.real), written(node))
