"""The tree that a mathematical text is read into."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    ``kind`` is number, symbol, sum, difference, product, quotient, power, negative, call, choice (±), relation, list, group,
    set, union,
    ratio or without; ``text`` is the number, the name of a symbol or function, the signs of a relation, or the brackets of a group.
    """

    kind: str
    text: str = ""
    args: tuple[Node, ...] = ()


INFINITY = Node("symbol", "oo")
REALS = Node("symbol", "reals")
ONE = Node("number", "1")
ZERO = Node("number", "0")


def negative(node: Node) -> Node:
    return Node("negative", "", (node,))


def call(name: str, *args: Node) -> Node:
    return Node("call", name, args)


def items(node: Node) -> tuple[Node, ...]:
    """The parts of a list; anything else is its own only part."""
    return node.args if node.kind == "list" else (node,)


def is_plain_fraction(node: Node) -> bool:
    return node.kind == "quotient" and all(part.kind == "number" and part.text.isdigit() for part in node.args)
