"""Write a tree as sympy-like ASCII: the normal form of expressions."""

from __future__ import annotations

from fractions import Fraction

from vilomem_core.verification.mathematics.tree import ONE, REALS, ZERO, Node
from vilomem_core.verification.mathematics.values import NoValue, value

_LEVELS = ["relation list", "union without ratio", "sum difference choice", "negative", "product quotient", "", "power"]
_LEVEL = {kind: level for level, kinds in enumerate(_LEVELS) for kind in kinds.split()}
_ATOM = 9
_SIGN = {
    "sum": "+", "difference": "-", "product": "*", "quotient": "/", "power": "**", "choice": "+-",
    "union": "U", "without": "\\", "ratio": ":",
}  # fmt: skip


def plain_number(text: str) -> str:
    """Digits without superfluous zeros: 1.50 is 1.5, 007 is 7. Exponents are kept: 1.60e-19 is 1.6e-19."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    decimals = decimals.rstrip("0")
    mantissa = (whole.lstrip("0") or "0") + ("." + decimals if decimals else "")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def written(node: Node) -> str:
    """``node`` as ASCII text; the elements of sets are sorted by value where they have one."""
    writers = {
        "number": lambda: plain_number(node.text),
        "symbol": lambda: "(-oo,oo)" if node == REALS else node.text,
        "call": lambda: _call(node),
        "negative": lambda: "-" + _inside(node.args[0], _LEVEL["negative"]),
        "set": lambda: "{" + _joined(tuple(sorted(node.args, key=_order))) + "}",
        "group": lambda: node.text[0] + _joined(node.args) + node.text[1],
        "list": lambda: _joined(node.args),
        "relation": lambda: _relation(node),
    }
    return writers.get(node.kind, lambda: _operation(node))()


def _joined(nodes: tuple[Node, ...]) -> str:
    return ",".join(written(node) for node in nodes)


def _call(node: Node) -> str:
    suffix = {"factorial": "!", "percent": "%"}.get(node.text)
    return _inside(node.args[0], _LEVEL["power"] + 1) + suffix if suffix else f"{node.text}({_joined(node.args)})"


def _operation(node: Node) -> str:
    left, right = node.args
    level = _LEVEL[node.kind]
    if node.kind == "product" and left.kind == "quotient" and right.kind != "number":
        above, below = left.args  # 3/2*sqrt(5) is written 3*sqrt(5)/2
        over = right if above == ONE else Node("product", "", (above, right))
        return written(Node("quotient", "", (over, below)))
    if node.kind in {"product", "quotient"} and left.kind == "negative":  # (-2)*x is written -2*x
        return written(Node("negative", "", (Node(node.kind, node.text, (left.args[0], right)),)))
    if node.kind == "choice" and left == ZERO:
        return "+-" + _inside(right, level + 1)
    if node.kind == "power":
        return f"{_inside(left, level + 1)}**{_inside(right, level + 1)}"
    # the right side of - and / keeps its brackets: a-(b-c)
    strict = node.kind in {"difference", "quotient"}
    return _inside(left, level) + _SIGN[node.kind] + _inside(right, level + strict)


def _inside(node: Node, level: int) -> str:
    text = written(node)
    return f"({text})" if _LEVEL.get(node.kind, _ATOM) < level else text


def _relation(node: Node) -> str:
    signs = node.text.split()
    return written(node.args[0]) + "".join(sign + written(side) for sign, side in zip(signs, node.args[1:], strict=True))


def _order(node: Node) -> tuple[int, Fraction, str]:
    try:
        number = value(node)
    except NoValue:
        return 1, Fraction(0), written(node)
    return 0, number if isinstance(number, Fraction) else Fraction(number.real), written(node)
