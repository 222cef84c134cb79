"""What a tree stands for as an answer: a value, a tuple, a set, intervals or an equation; and from one writing to another."""

from __future__ import annotations

from vilomem_core.verification.mathematics.tree import INFINITY, REALS, ZERO, Node, negative

MINUS_INFINITY = negative(INFINITY)
_INEQUALITIES = {"<", ">", "<=", ">="}
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def kind_of(tree: Node) -> str:
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
    return Node("set", "", tuple(both_signs(tree))) if kind_of(tree) == "value" or tree.kind == "choice" else tree


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
