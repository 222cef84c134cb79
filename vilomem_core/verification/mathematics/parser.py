"""Read a mathematical text into a tree. Anything that is not plainly an expression is refused, never guessed."""

from __future__ import annotations

from vilomem_core.verification.mathematics.atoms import Atoms
from vilomem_core.verification.mathematics.tokens import NotMathematics, tokens
from vilomem_core.verification.mathematics.tree import ZERO, Node, call, is_plain_fraction, negative


def parse(text: str, grouping: bool = False) -> Node:
    """The tree of ``text``. With ``grouping``, 1,234 is one number. Raises ``NotMathematics``."""
    parser = _Parser(tokens(text, grouping))
    tree = parser.statement()
    parser.expect_end()
    return tree


class _Parser(Atoms):
    """Recursive descent over one token list; every method reads one level of precedence."""

    def expect_end(self) -> None:
        if self._now.kind != "end":
            raise NotMathematics(self._now.text)

    def statement(self) -> Node:
        """Relations or expressions, several of them separated by commas, "and" or "or"."""
        found = [self._relation()]
        while self._now.text in {",", ";", "and", "or"}:
            self._take()
            if self._now.text in {"and", "or"}:
                self._take()
            found.append(self._relation())
        return found[0] if len(found) == 1 else Node("list", "", tuple(found))

    def _relation(self) -> Node:
        sides, signs = [self._union()], []
        while self._now.kind == "relation":
            signs.append(self._take().text)
            sides.append(self._union())
        return Node("relation", " ".join(signs), tuple(sides)) if signs else sides[0]

    def _union(self) -> Node:
        left = self._sum()
        while self._now.text in {"∪", "U", "∖", ":"}:
            kind = {"∖": "without", ":": "ratio"}.get(self._take().text, "union")
            left = Node(kind, "", (left, self._sum()))
        return left

    def _sum(self) -> Node:
        with self._deeper():
            left = self._product()
            while self._now.text in {"+", "-", "±"} and self._now.kind == "operator":
                kind = {"+": "sum", "-": "difference", "±": "choice"}[self._take().text]
                left = Node(kind, "", (left, self._product()))
            return left

    def _product(self) -> Node:
        left = self._signed()
        while True:
            if self._took("*"):
                left = Node("product", "", (left, self._signed()))
            elif self._took("/"):
                left = Node("quotient", "", (left, self._signed()))
            elif self._starts_factor():
                left = self._juxtaposed(left)
            else:
                return left

    def _starts_factor(self) -> bool:
        token = self._now
        if token.kind in {"number", "open", "set"}:
            return token.text != "}"
        if token.kind == "bar":
            return not self._bars
        return token.kind == "name" and token.text not in {"and", "or", "U", "in", "\\end"}

    def _juxtaposed(self, left: Node) -> Node:
        """Two factors side by side are a product, unless they are a mixed number: 2 1/2."""
        mixed = left.kind == "number" and "." not in left.text
        spaced, fraction, bare = self._now.space, self._now.text == "\\frac", self._now.kind == "number"
        right = self._power()
        if mixed and fraction and is_plain_fraction(right):
            return Node("sum", "mixed", (left, right))
        if mixed and fraction and right.text == "percent" and is_plain_fraction(right.args[0]):
            return call("percent", Node("sum", "mixed", (left, right.args[0])))
        if mixed and spaced and right.kind == "number" and self._took("/"):
            below = self._power()
            if below.kind == "number":
                return Node("sum", "mixed", (left, Node("quotient", "", (right, below))))
        if bare:
            raise NotMathematics("two numbers side by side")
        return Node("product", "", (left, right))

    def _signed(self) -> Node:
        with self._deeper():
            if self._took("-"):
                return negative(self._signed())
            if self._took("±"):
                return Node("choice", "", (ZERO, self._power()))
            self._took("+")
            return self._power()

    def _power(self) -> Node:
        base = self._postfix(self._atom())
        if not self._took("^"):
            return base
        with self._deeper():
            # 2^3^2 is 2^(3^2)
            exponent = self._signed() if self._now.text in {"-", "+"} else self._power()
        return self._postfix(Node("power", "", (base, exponent)))

    def _postfix(self, base: Node) -> Node:
        while self._now.text in {"!", "%", "°"}:
            sign = self._take().text
            base = base if sign == "°" else call({"!": "factorial", "%": "percent"}[sign], base)
        return base
