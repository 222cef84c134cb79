"""What a tree is as an answer (a value, a tuple, a set, intervals, an equation), and its normal form as ASCII text."""

from __future__ import annotations

from fractions import Fraction

from vilomem_core.verification.mathematics.tree import INFINITY, ONE, REALS, ZERO, Node, NoValue, negative, value

MINUS_INFINITY = negative(INFINITY)
_INEQUALITIES = {"<", ">", "<=", ">="}
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def answer_kind(tree: Node) -> str:
    """ "value", "tuple", "set", "interval" or "equation"."""
    if tree.kind == "relation":
        return "equation" if tree.text == "=" else "interval"
    if tree.kind == "list":
        return "tuple" if all(item.kind == "relation" for item in tree.args) else "set"
    if tree.kind in {"union", "without", "interval"} or tree == REALS:
        return "interval"
    if tree.kind == "group":
        mixed = tree.text in {"[)", "(]"}
        endless = len(tree.args) == 2 and any(_is_infinite(end) for end in tree.args)
        return "interval" if mixed or endless else "tuple"
    return "set" if tree.kind in {"set", "choice"} else "value"


def _is_infinite(node: Node) -> bool:
    return node in {INFINITY, MINUS_INFINITY} or (node.kind == "sum" and INFINITY in node.args)


def is_symbol(node: Node) -> bool:
    return node.kind == "symbol" and node.text not in {"pi", "oo", "reals"}


def right_side(tree: Node) -> Node:
    """What an equation ends with: y = 2x + 3 is 2x + 3, and (1, 4)/2 = (0.5, 2) is (0.5, 2)."""
    while tree.kind == "relation" and set(tree.text.split()) <= {"=", "in", "≈"}:
        tree = tree.args[-1]
    return tree


def as_kind(tree: Node, wanted: str) -> Node:
    """``tree`` in the writing that ``wanted`` calls for, where it can be changed without changing its meaning."""
    if wanted == "equation":
        return tree
    signs = set(tree.text.split()) if tree.kind == "relation" else set()
    if "!=" in signs:
        return Node("without", "", (REALS, Node("set", "", (tree.args[-1],))))
    if signs & _INEQUALITIES:
        return _interval(tree) or tree
    tree = right_side(tree)
    if tree.kind == "list":
        return _from_list(tree, wanted)
    return _as_set(tree) if wanted == "set" else tree


def _as_set(tree: Node) -> Node:
    if tree.kind == "set":
        return Node("set", "", tuple(sign for item in tree.args for sign in both_signs(right_side(item))))
    return Node("set", "", tuple(both_signs(tree))) if answer_kind(tree) == "value" or tree.kind == "choice" else tree


def _from_list(tree: Node, wanted: str) -> Node:
    if any(set(item.text.split()) & _INEQUALITIES for item in tree.args if item.kind == "relation"):
        parts = [_interval(item) for item in tree.args if item.kind == "relation"]
        known = [part for part in parts if part is not None]
        if len(known) == len(tree.args):
            union = known[0]
            for part in known[1:]:
                union = Node("union", "", (union, part))
            return union
    items = tuple(right_side(item) for item in tree.args)
    names = [item.args[0] for item in tree.args if item.kind == "relation"]
    apart = len(names) == len(items) and len(set(names)) == len(names)
    if wanted == "set" or (names and not apart):
        return Node("set", "", tuple(sign for item in items for sign in both_signs(item)))
    return Node("group", "()", items)


def _interval(tree: Node) -> Node | None:
    """1 < x <= 3 as (1,3], x > 2 as (2,oo); None when it is no bound of one symbol."""
    signs, sides = tree.text.split(), list(tree.args)
    if len(sides) == 2 and is_symbol(sides[1]) and not is_symbol(sides[0]):
        sides, signs = sides[::-1], [_FLIPPED.get(signs[0], signs[0])]
    if len(sides) == 2 and is_symbol(sides[0]) and signs[0] in _INEQUALITIES:
        closed = signs[0].endswith("=")
        if signs[0].startswith(">"):
            return Node("group", "[)" if closed else "()", (sides[1], INFINITY))
        return Node("group", "(]" if closed else "()", (MINUS_INFINITY, sides[1]))
    if len(sides) == 3 and is_symbol(sides[1]):
        if signs[0].startswith(">") and signs[1].startswith(">"):
            sides, signs = sides[::-1], [_FLIPPED[sign] for sign in signs[::-1]]
        if signs[0] in {"<", "<="} and signs[1] in {"<", "<="}:
            brackets = ("[" if signs[0] == "<=" else "(") + ("]" if signs[1] == "<=" else ")")
            return Node("group", brackets, (sides[0], sides[2]))
    return None


def both_signs(tree: Node) -> list[Node]:
    """The two values of an expression with one ± in it; the expression itself without."""
    plus, minus = _with_sign(tree, "sum"), _with_sign(tree, "difference")
    return [tree] if plus == minus else [minus, plus]


def _with_sign(tree: Node, sign: str) -> Node:
    args = tuple(_with_sign(part, sign) for part in tree.args)
    if tree.kind != "choice":
        return Node(tree.kind, tree.text, args)
    if args[0] == ZERO:
        return args[1] if sign == "sum" else negative(args[1])
    return Node(sign, "", args)


# --- normal form ----------------------------------------------------------------------------------------------------

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


def normal_form(node: Node) -> str:
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
    return ",".join(normal_form(node) for node in nodes)


def _call(node: Node) -> str:
    suffix = {"factorial": "!", "percent": "%"}.get(node.text)
    return _inside(node.args[0], _LEVEL["power"] + 1) + suffix if suffix else f"{node.text}({_joined(node.args)})"


def _operation(node: Node) -> str:
    left, right = node.args
    level = _LEVEL[node.kind]
    if node.kind == "product" and left.kind == "quotient" and right.kind != "number":
        above, below = left.args  # 3/2*sqrt(5) is written 3*sqrt(5)/2
        over = right if above == ONE else Node("product", "", (above, right))
        return normal_form(Node("quotient", "", (over, below)))
    if node.kind in {"product", "quotient"} and left.kind == "negative":  # (-2)*x is written -2*x
        return normal_form(Node("negative", "", (Node(node.kind, node.text, (left.args[0], right)),)))
    if node.kind == "choice" and left == ZERO:
        return "+-" + _inside(right, level + 1)
    if node.kind == "power":
        return f"{_inside(left, level + 1)}**{_inside(right, level + 1)}"
    # the right side of - and / keeps its brackets: a-(b-c)
    strict = node.kind in {"difference", "quotient"}
    return _inside(left, level) + _SIGN[node.kind] + _inside(right, level + strict)


def _inside(node: Node, level: int) -> str:
    text = normal_form(node)
    return f"({text})" if _LEVEL.get(node.kind, _ATOM) < level else text


def _relation(node: Node) -> str:
    signs = node.text.split()
    return normal_form(node.args[0]) + "".join(sign + normal_form(side) for sign, side in zip(signs, node.args[1:], strict=True))


def _order(node: Node) -> tuple[int, Fraction, str]:
    try:
        number = value(node)
    except NoValue:
        return 1, Fraction(0), normal_form(node)
    return 0, number if isinstance(number, Fraction) else Fraction(number.real), normal_form(node)
