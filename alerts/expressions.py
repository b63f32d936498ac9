"""Composite conditions: `this and not (avg_over_time(latency{env="live"}[5m]) > 3)`.

The words are Prometheus' own where they mean the same; `this` is the condition of the rule itself.
Grammar, loosest first:

    any   = all {"or" all}
    all   = one {"and" one}
    one   = "not" one | "(" any ")" | "this" | measure comparison number
    measure = selector | function "(" selector "[" duration "]" ")"
    selector = name ["{" label "=" text {"," label "=" text} "}"]

No text is longer than 4,000 characters, no tree deeper than 8 or larger than 64 nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from alerts.conditions import BrokenRule, Condition

DEEPEST, MOST_NODES, LONGEST_TEXT = 8, 64, 4_000
FUNCTIONS = {
    "avg_over_time": "avg",
    "min_over_time": "min",
    "max_over_time": "max",
    "sum_over_time": "sum",
    "count_over_time": "count",
    "last_over_time": "last",
    "change_per_second": "rate",
    "change": "change",
    "deviation": "deviation",
    "quantile": "quantile",
}
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w:]))
    |(?P<duration>(?:\d+[smhdw])+)
    |(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<text>"(?:[^"\\\n]|\\["\\n])*")
    |(?P<sign><=|>=|==|!=|[<>(){}\[\],=])
    )""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class This:
    """The condition of the rule itself."""


@dataclass(frozen=True, slots=True)
class Leaf:
    condition: Condition


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Node, ...]


type Node = This | Leaf | Not | All | Some
type Truth = bool | None  # None: nobody knows


def parse(text: str) -> Node:
    """Read a composite condition; raises BrokenRule that names the column."""
    if len(text) > LONGEST_TEXT:
        raise BrokenRule(f"A composite condition has at most {LONGEST_TEXT:,} characters.")
    reader = _Reader(text)
    node = reader.any()
    reader.end()
    depth, size = _measure(node)
    if depth > DEEPEST or size > MOST_NODES:
        raise BrokenRule(f"At most {DEEPEST} levels and {MOST_NODES} parts.")
    return node


def conditions(node: Node) -> tuple[Condition, ...]:
    """The conditions besides `this`, in the order in which they are written, each once."""
    match node:
        case Leaf(condition):
            return (condition,)
        case Not(part):
            return conditions(part)
        case All(parts) | Some(parts):
            found = [condition for part in parts for condition in conditions(part)]
            return tuple(each for place, each in enumerate(found) if each not in found[:place])
    return ()


def truth(node: Node, *, this: Truth, known: Callable[[Condition], Truth]) -> Truth:
    """Kleene's logic: what nobody knows decides nothing unless the rest decides without it."""
    match node:
        case This():
            return this
        case Leaf(condition):
            return known(condition)
        case Not(part):
            inner = truth(part, this=this, known=known)
            return None if inner is None else not inner
        case All(parts):
            found = [truth(part, this=this, known=known) for part in parts]
            return False if False in found else None if None in found else True
        case Some(parts):
            found = [truth(part, this=this, known=known) for part in parts]
            return True if True in found else None if None in found else False


def negates_this(node: Node, *, negated: bool = False) -> bool:
    """Whether `this` stands under an odd number of `not` anywhere."""
    match node:
        case This():
            return negated
        case Not(part):
            return negates_this(part, negated=not negated)
        case All(parts) | Some(parts):
            return any(negates_this(part, negated=negated) for part in parts)
    return False


def seconds(duration: str) -> int:
    """`1h30m` as seconds."""
    return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([smhdw])", duration))


def _measure(node: Node) -> tuple[int, int]:
    """Depth and number of nodes."""
    match node:
        case Not(part):
            depth, size = _measure(part)
            return depth + 1, size + 1
        case All(parts) | Some(parts):
            inner = [_measure(part) for part in parts]
            return 1 + max(depth for depth, _ in inner), 1 + sum(size for _, size in inner)
    return 1, 1


class _Reader:
    """Tokens from left to right; recursion is bounded while reading, not after."""

    def __init__(self, text: str) -> None:
        self.text, self.place, self.depth = text, 0, 0
        self.kind, self.word, self.at = "", "", 0
        self._next()

    def _next(self) -> None:
        rest = self.text[self.place :]
        self.at = self.place + len(rest) - len(rest.lstrip())
        if not rest.strip():
            self.kind, self.word = "end", ""
            return
        found = TOKEN.match(self.text, self.place)
        if found is None:
            raise self._wrong("a condition")
        self.kind = str(found.lastgroup)
        self.word, self.place = found[self.kind], found.end()

    def _wrong(self, wanted: str) -> BrokenRule:
        found = self.text[self.at : self.at + 20] or "the end"
        return BrokenRule(f"Column {self.at + 1}: expected {wanted}, found “{found}”.")

    def _takes(self, word: str) -> bool:
        if self.kind == "text" or self.word != word:
            return False
        self._next()
        return True

    def _expects(self, word: str) -> None:
        if not self._takes(word):
            raise self._wrong(f"“{word}”")

    def _take(self, kind: str, wanted: str) -> str:
        if self.kind != kind:
            raise self._wrong(wanted)
        word = self.word
        self._next()
        return word

    def end(self) -> None:
        if self.kind != "end":
            raise self._wrong("“and”, “or” or the end")

    def any(self) -> Node:
        parts = [self.all()]
        while self._takes("or"):
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def all(self) -> Node:
        parts = [self.one()]
        while self._takes("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self) -> Node:
        self.depth += 1
        if self.depth > 4 * DEEPEST:
            raise BrokenRule(f"At most {DEEPEST} levels and {MOST_NODES} parts.")
        node = self._one()
        self.depth -= 1
        return node

    def _one(self) -> Node:
        if self._takes("not"):
            return Not(self.one())
        if self._takes("("):
            node = self.any()
            self._expects(")")
            return node
        if self._takes("this"):
            return This()
        return Leaf(self.comparison())

    def comparison(self) -> Condition:
        """measure comparison number, or BrokenRule."""
        name = self._take("name", "a metric or a function")
        aggregate, window = "last", 0
        if self._takes("("):
            if name not in FUNCTIONS:
                raise BrokenRule(f"Unknown function “{name}”: known are {', '.join(FUNCTIONS)}.")
            aggregate = FUNCTIONS[name]
            name = self._take("name", "a metric")
        matchers = self._matchers()
        if aggregate != "last" or self.word == "[":
            self._expects("[")
            window = seconds(self._take("duration", "a duration such as 5m"))
            self._expects("]")
            self._expects(")")
        sign = self._take("sign", "a comparison")
        number = float(self._take("number", "a number"))
        return Condition(
            metric=name,
            matchers=matchers,
            aggregate=aggregate,
            window=window,
            comparison=sign,
            threshold=number,
        )

    def _matchers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if not self._takes("{"):
            return found
        while not self._takes("}"):
            label = self._take("name", "a label")
            self._expects("=")
            text = self._take("text", "a text in double quotes")
            found[label] = re.sub(
                r"\\(.)", lambda hit: "\n" if hit[1] == "n" else hit[1], text[1:-1]
            )
            if self.word != "}":
                self._expects(",")
        return found
