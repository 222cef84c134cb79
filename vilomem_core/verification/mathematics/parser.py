"""Read a mathematical text into a tree. Anything that is not plainly an expression is refused, never guessed."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.verification.mathematics.tokens import CONSTANTS, FUNCTIONS, GREEK, NotMathematics, Token, tokens

MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Node:
    """One node: ``kind`` is number, symbol, sum, difference, product, quotient, power, negative, call, choice (±), relation, list,
    group, set, interval, union, ratio or without; ``text`` is the number, the name, the sign or the brackets."""

    kind: str
    text: str = ""
    args: tuple[Node, ...] = ()


_PRIMES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "lg": "log10"}


def parse(text: str, grouping: bool = False) -> Node:
    """The tree of ``text``. With ``grouping``, 1,234 is one number. Raises ``NotMathematics``."""
    parser = _Parser(tokens(text, grouping))
    tree = parser.statement()
    parser.expect_end()
    return tree


class _Parser:
    """Recursive descent over one token list; every method reads one level of precedence."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._depth = 0
        self._bars = 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _took(self, *texts: str) -> bool:
        if self._now.text in texts and self._now.kind not in {"end", "number"}:
            self._at += 1
            return True
        return False

    def expect_end(self) -> None:
        if self._now.kind != "end":
            raise NotMathematics(self._now.text)

    def _expect(self, *texts: str) -> str:
        if self._now.text not in texts:
            raise NotMathematics(self._now.text)
        return self._take().text

    # --- lists and relations --------------------------------------------------------------------------------------------------

    def statement(self) -> Node:
        """Relations or expressions, several of them separated by commas, "and" or "or"."""
        items = [self._relation()]
        while self._now.text in {",", ";", "and", "or"}:
            self._take()
            if self._now.text in {"and", "or"}:
                self._take()
            items.append(self._relation())
        return items[0] if len(items) == 1 else Node("list", "", tuple(items))

    def _relation(self) -> Node:
        sides, signs = [self._union()], []
        while self._now.kind == "relation":
            signs.append(self._take().text)
            sides.append(self._union())
        return Node("relation", " ".join(signs), tuple(sides)) if signs else sides[0]

    def _union(self) -> Node:
        left = self._sum()
        while self._now.text in {"∪", "U", "∖", ":"}:
            sign = self._take().text
            kind = {"∖": "without", ":": "ratio"}.get(sign, "union")
            left = Node(kind, "", (left, self._sum()))
        return left

    # --- arithmetic -------------------------------------------------------------------------------------------------------------

    def _sum(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotMathematics("nested too deeply")
        left = self._product()
        while self._now.text in {"+", "-", "±"} and self._now.kind == "operator":
            kind = {"+": "sum", "-": "difference", "±": "choice"}[self._take().text]
            left = Node(kind, "", (left, self._product()))
        self._depth -= 1
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

    def _juxtaposed(self, left: Node) -> Node:
        mixed = left.kind == "number" and "." not in left.text
        spaced, fraction_next, bare = self._now.space, self._now.text == "\\frac", self._now.kind == "number"
        right = self._power()
        if mixed and fraction_next and _is_plain_fraction(right):
            return Node("sum", "mixed", (left, right))
        if mixed and fraction_next and right.text == "percent" and _is_plain_fraction(right.args[0]):
            return Node("call", "percent", (Node("sum", "mixed", (left, right.args[0])),))
        if mixed and spaced and right.kind == "number" and self._now.text == "/":
            self._take()
            below = self._power()
            if below.kind == "number":
                return Node("sum", "mixed", (left, Node("quotient", "", (right, below))))
        if bare:
            raise NotMathematics("two numbers side by side")
        return Node("product", "", (left, right))

    def _starts_factor(self) -> bool:
        token = self._now
        if token.kind in {"number", "open", "set"}:
            return token.text not in {"}"}
        if token.kind == "bar":
            return not self._bars
        return token.kind == "name" and token.text not in {"and", "or", "U", "in", "\\end"}

    def _signed(self) -> Node:
        if self._took("-"):
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise NotMathematics("nested too deeply")
            inner = self._signed()
            self._depth -= 1
            return Node("negative", "", (inner,))
        if self._took("+"):
            return self._power()
        if self._took("±"):
            return Node("choice", "", (Node("number", "0"), self._power()))
        return self._power()

    def _power(self) -> Node:
        base = self._postfix(self._atom())
        if self._took("^"):
            return self._postfix(Node("power", "", (base, self._exponent())))
        return base

    def _postfix(self, base: Node) -> Node:
        while self._now.text in {"!", "%", "°"}:
            sign = self._take().text
            base = base if sign == "°" else Node("call", {"!": "factorial", "%": "percent"}[sign], (base,))
        return base

    def _exponent(self) -> Node:
        if self._now.text in {"-", "+"}:
            return self._signed()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotMathematics("nested too deeply")
        power = self._power()  # 2^3^2 is 2^(3^2)
        self._depth -= 1
        return power

    # --- atoms ------------------------------------------------------------------------------------------------------------------

    def _atom(self) -> Node:
        token = self._take()
        if token.kind == "number":
            return Node("number", token.text)
        if token.kind in {"open", "set"}:
            return self._bracketed(token)
        if token.kind == "bar":
            self._bars += 1
            inner = self._sum()
            self._bars -= 1
            self._expect("|")
            return Node("call", "abs", (inner,))
        if token.kind == "name":
            return self._named(token.text.lstrip("\\"), token.text.startswith("\\"))
        raise NotMathematics(token.text)

    def _bracketed(self, token: Token) -> Node:
        opening = token.text
        if opening in {"⌊", "⌈"}:
            inner = self._sum()
            self._expect({"⌊": "⌋", "⌈": "⌉"}[opening])
            return Node("call", "floor" if opening == "⌊" else "ceil", (inner,))
        if self._now.text == "}" and opening == "{":
            self._take()
            return Node("set")
        inner = self.statement()
        closing = self._expect(")", "]", "}", ")>")
        if token.kind == "set" or (opening == "{" and (inner.kind == "list" or inner.kind == "relation")):
            return Node("set", "", _items(inner))
        if inner.kind == "list":
            return Node("group", opening.replace("<(", "(") + closing.replace(")>", ")"), inner.args)
        if opening == "[" and closing == "]" and inner.kind != "relation":
            return Node("group", "[]", (inner,))
        return inner

    def _named(self, name: str, command: bool) -> Node:
        if name in {"frac", "binom"} and command:
            parts = (self._argument(), self._argument())
            return Node("quotient", "", parts) if name == "frac" else Node("call", "binom", parts)
        if name in {"sqrt", "√"}:
            return self._root()
        if name == "begin":
            return self._matrix()
        if name in {"mathbb", "mathcal"}:
            return self._argument_name()
        if name in CONSTANTS:
            return Node("symbol", CONSTANTS[name])
        if name in FUNCTIONS:
            return self._call(name)
        if name in {"ℝ", "R"} and self._now.kind == "end":
            return Node("symbol", "reals")
        if name in {"emptyset", "∅", "varnothing"}:
            return Node("set")
        return self._symbol(name, command)

    def _symbol(self, name: str, command: bool) -> Node:
        if self._now.text == "_":
            self._take()
            index = self._argument()
            name = f"{name}_{index.text}"
        elif command and name not in GREEK:
            raise NotMathematics(name)
        return Node("symbol", name)

    def _argument_name(self) -> Node:
        self._expect("{")
        name = self._take().text
        self._expect("}")
        if name != "R":
            raise NotMathematics(name)
        return Node("symbol", "reals")

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
        if self._now.text == "[":
            self._take()
            index = self._sum()
            self._expect("]")
        inner = (
            self._argument() if self._now.text in {"{", "("} or self._now.kind != "number" else Node("number", self._take().text)
        )
        return Node("call", "sqrt", (inner,)) if index is None else Node("call", "root", (inner, index))

    def _call(self, name: str) -> Node:
        name = _PRIMES.get(name, name)
        base: list[Node] = []
        power = None
        if self._took("_"):
            base.append(self._argument())
        if self._took("^"):
            power = self._argument() if self._now.text == "{" else self._signed()
        if self._now.text in {"(", "["}:
            inner = self._bracketed(self._take())
            args = inner.args if inner.kind in {"list", "group"} and name in {"max", "min", "gcd", "lcm", "log"} else (inner,)
        else:
            args = (self._product(),) if name not in {"abs"} else (self._atom(),)
        inverse = power is not None and power == Node("negative", "", (Node("number", "1"),))
        call = Node("call", {"sin": "asin", "cos": "acos", "tan": "atan"}.get(name, name) if inverse else name, (*args, *base))
        return call if power is None or inverse else Node("power", "", (call, power))

    def _matrix(self) -> Node:
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


def _items(inner: Node) -> tuple[Node, ...]:
    return inner.args if inner.kind == "list" else (inner,)


def _is_plain_fraction(node: Node) -> bool:
    return node.kind == "quotient" and all(part.kind == "number" and part.text.isdigit() for part in node.args)
