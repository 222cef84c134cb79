"""Parse a mathematical text, LaTeX or plain, into a tree. What is not plainly an expression is refused, never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from vilomem_core.verification.mathematics.tokens import CONSTANTS, FUNCTIONS, GREEK, NotMathematics, Token, tokens
from vilomem_core.verification.mathematics.tree import ONE, REALS, ZERO, Node, call, is_plain_fraction, items, negative

MAX_DEPTH = 40  # brackets, roots and exponents inside each other
_ASCII_NAMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "lg": "log10"}
_INVERSES = {"sin": "asin", "cos": "acos", "tan": "atan"}
_OF_SEVERAL = frozenset({"max", "min", "gcd", "lcm", "log"})
_ROUNDING = {"⌊": ("⌋", "floor"), "⌈": ("⌉", "ceil")}


def parse(text: str, grouping: bool = False) -> Node:
    """The tree of ``text``. With ``grouping``, 1,234 is one number. Raises ``NotMathematics``."""
    parser = _Parser(tokens(text, grouping))
    tree = parser.statement()
    parser.expect_end()
    return tree


class _Parser:
    """Recursive descent over one token list: one method a level of precedence, from statements down to atoms."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0
        self._bars = 0

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

    def _atom(self) -> Node:
        token = self._take()
        with self._deeper():
            if token.kind == "number":
                return Node("number", token.text)
            if token.kind in {"open", "set"}:
                return self._bracketed(token)
            if token.kind == "bar":
                return self._absolute()
            if token.kind == "name":
                return self._named(token.text.lstrip("\\"), token.text.startswith("\\"))
        raise NotMathematics(token.text)

    def _absolute(self) -> Node:
        self._bars += 1
        inner = self._sum()
        self._bars -= 1
        self._expect("|")
        return call("abs", inner)

    def _bracketed(self, token: Token) -> Node:
        opening = token.text
        if opening in _ROUNDING:
            closing, name = _ROUNDING[opening]
            inner = self._sum()
            self._expect(closing)
            return call(name, inner)
        if opening == "{" and self._took("}"):
            return Node("set")
        inner = self.statement()
        closing = self._expect(")", "]", "}", ")>")
        if token.kind == "set" or (opening == "{" and inner.kind in {"list", "relation"}):
            return Node("set", "", items(inner))
        if inner.kind == "list":
            return Node("group", opening.replace("<(", "(") + closing.replace(")>", ")"), inner.args)
        return Node("group", "[]", (inner,)) if opening + closing == "[]" and inner.kind != "relation" else inner

    def _named(self, name: str, command: bool) -> Node:
        if command and name == "frac":
            return Node("quotient", "", (self._argument(), self._argument()))
        if command and name == "binom":
            return call("binom", self._argument(), self._argument())
        readers = {"sqrt": self._root, "√": self._root, "begin": self._matrix, "mathbb": self._blackboard}
        if name in readers:
            return readers[name]()
        if name in FUNCTIONS:
            return self._function(_ASCII_NAMES.get(name, name))
        return self._symbol(name, command)

    def _symbol(self, name: str, command: bool) -> Node:
        if name in CONSTANTS:
            return Node("symbol", CONSTANTS[name])
        if name in {"emptyset", "∅", "varnothing"}:
            return Node("set")
        if name == "ℝ" or (name == "R" and self._now.kind == "end" and self._at == 2):
            return REALS
        if self._took("_"):
            return Node("symbol", f"{name}_{self._argument().text}")
        if command and name not in GREEK:
            raise NotMathematics(name)
        return Node("symbol", name)

    def _blackboard(self) -> Node:
        self._expect("{")
        self._expect("R")
        self._expect("}")
        return REALS

    def _argument(self) -> Node:
        r"""What belongs to a command: a group in braces, or one digit or letter (``\frac14``)."""
        token = self._now
        if token.text == "{" and token.kind == "open":
            self._take()
            inner = self._sum()
            self._expect("}")
            return inner
        if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
            self._tokens[self._at] = Token("number", token.text[1:], False)
            return Node("number", token.text[0])
        return self._atom()

    def _root(self) -> Node:
        index = None
        if self._took("["):
            index = self._sum()
            self._expect("]")
        inner = Node("number", self._take().text) if self._now.kind == "number" else self._argument()
        return call("sqrt", inner) if index is None else call("root", inner, index)

    def _function(self, name: str) -> Node:
        base = (self._argument(),) if self._took("_") else ()
        power = None
        if self._took("^"):
            power = self._argument() if self._now.text == "{" else self._signed()
        if self._now.text in {"(", "["}:
            inner = self._bracketed(self._take())
            args = inner.args if inner.kind in {"list", "group"} and name in _OF_SEVERAL else (inner,)
        else:
            args = (self._product(),)
        if power == negative(ONE):
            return call(_INVERSES.get(name, name), *args)
        found = call(name, *args, *base)
        return found if power is None else Node("power", "", (found, power))

    def _matrix(self) -> Node:
        """A matrix; one row or one column is a tuple."""
        rows, row = [], [self._sum()]
        while self._now.text in {",", ";"}:
            if self._take().text == ";":
                rows.append(row)
                row = []
                if self._now.text == "\\end":
                    break
            row.append(self._sum())
        rows += [row] if row else []
        self._expect("\\end")
        if all(len(cells) == 1 for cells in rows) or len(rows) == 1:
            return Node("group", "()", tuple(cell for cells in rows for cell in cells))
        return Node("group", "[]", tuple(Node("group", "[]", tuple(cells)) for cells in rows))

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _took(self, text: str) -> bool:
        if self._now.text != text or self._now.kind in {"end", "number"}:
            return False
        self._at += 1
        return True

    def expect_end(self) -> None:
        if self._now.kind != "end":
            raise NotMathematics(self._now.text)

    def _expect(self, *texts: str) -> str:
        if self._now.text not in texts:
            raise NotMathematics(self._now.text)
        return self._take().text

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotMathematics("nested too deeply")
        yield
        self._depth -= 1
