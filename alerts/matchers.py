"""Label matchers as amtool writes them: `env=live, strategy=~"btc-.*"`. Pure.

A missing label counts as the empty text. Regular expressions are RE2 and must fit the whole value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

OPERATORS = ("=~", "!~", "!=", "=")  # the longer ones first
LONGEST_PATTERN = 256  # characters
LONGEST_VALUE = 1_000
MOST = 32  # matchers in one list
MEMORY = 1 << 20  # bytes that RE2 may take for one expression
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
SPACE = re.compile(r"[^\S\n]*")
PLAIN = re.compile(r"[a-zA-Z0-9_.:/+@*?|()^$\[\]-]+", re.ASCII)  # values written without quotes
ESCAPED = {"n": "\n", '"': '"', "\\": "\\"}


class Unreadable(ValueError):
    """The text is no list of matchers; `column` is where, counted from 1."""

    def __init__(self, problem: str, column: int) -> None:
        super().__init__(f"{problem} (column {column})")
        self.problem = problem
        self.column = column


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label. Raises ValueError when the expression is none."""

    name: str
    op: str
    value: str

    def __post_init__(self) -> None:
        if self.op not in OPERATORS or not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name}{self.op} is no condition on a label.")
        if self.is_regex:
            compiled(self.value)

    @property
    def is_regex(self) -> bool:
        return self.op.endswith("~")

    @property
    def matches_empty(self) -> bool:
        """Whether an alert without this label fits."""
        return self.fits("")

    def fits(self, value: str) -> bool:
        if self.is_regex:
            found = compiled(self.value).fullmatch(value) is not None
        else:
            found = self.value == value
        return found != self.op.startswith("!")

    def __str__(self) -> str:
        return f"{self.name}{self.op}{_written(self.value)}"


Matchers = tuple[Matcher, ...]


def match(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether every matcher fits; an empty list fits everything."""
    return all(matcher.fits(labels.get(matcher.name, "")) for matcher in matchers)


def written(matchers: Iterable[Matcher]) -> str:
    """The list as one line that `parse` reads again."""
    return ", ".join(str(matcher) for matcher in matchers)


def to_json(matchers: Iterable[Matcher]) -> list[dict[str, str]]:
    return [{"name": one.name, "op": one.op, "value": one.value} for one in matchers]


def from_json(stored: Iterable[Mapping[str, Any]]) -> Matchers:
    """Read what `to_json` wrote. Raises ValueError, KeyError, TypeError for anything else."""
    return tuple(Matcher(str(one["name"]), str(one["op"]), str(one["value"])) for one in stored)


def parse(text: str) -> Matchers:
    """Read a list: parted by commas or lines, in braces or not, a comma at the end allowed.

    Raises Unreadable.
    """
    reader = _Reader(text)
    found: list[Matcher] = []
    while reader.more():
        found.append(reader.matcher())
        if len(found) > MOST:
            raise Unreadable(f"More than {MOST} matchers", reader.at + 1)
        reader.separator()
    reader.end()
    return tuple(found)


@lru_cache(maxsize=4_096)
def compiled(pattern: str) -> Any:
    """The RE2 expression. Raises ValueError with the reason."""
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"An expression has at most {LONGEST_PATTERN} characters.")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "unreadable"
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"No regular expression: {said}") from error


class _Reader:
    """Reads a text from left to right; `at` is the place of the next character."""

    def __init__(self, text: str) -> None:
        self.text = text.rstrip()
        self.at = len(text) - len(text.lstrip())
        self.braced = self.text[self.at : self.at + 1] == "{"
        self.at += self.braced

    def more(self) -> bool:
        self._blank()
        while self.text[self.at : self.at + 1] == "\n":
            self.at += 1
            self._blank()
        return self.at < len(self.text) and not (self.braced and self._closing())

    def matcher(self) -> Matcher:
        start = self.at
        named = NAME.match(self.text, self.at)
        if named is None:
            raise Unreadable("A label name is expected", start + 1)
        self.at = named.end()
        self._blank()
        op = next((op for op in OPERATORS if self.text.startswith(op, self.at)), None)
        if op is None:
            raise Unreadable("One of = != =~ !~ is expected", self.at + 1)
        self.at += len(op)
        self._blank()
        place = self.at
        value = self._quoted() if self.text[self.at : self.at + 1] == '"' else self._bare()
        if len(value) > LONGEST_VALUE:
            raise Unreadable(f"A value has at most {LONGEST_VALUE} characters", place + 1)
        try:
            return Matcher(named[0], op, value)
        except ValueError as error:
            raise Unreadable(str(error).rstrip("."), place + 1) from error

    def separator(self) -> None:
        self._blank()
        here = self.text[self.at : self.at + 1]
        if here in {",", "\n"}:
            self.at += 1
        elif here and not (self.braced and self._closing()):
            raise Unreadable("A comma is expected", self.at + 1)

    def end(self) -> None:
        if self.braced and not self._closing():
            raise Unreadable("The brace { is not closed", len(self.text) + 1)

    def _closing(self) -> bool:
        return self.text[self.at :] == "}"

    def _blank(self) -> None:
        found = SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _quoted(self) -> str:
        start = self.at
        said: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            here = self.text[self.at]
            if here == '"':
                self.at += 1
                return "".join(said)
            if here == "\\" and self.at + 1 < len(self.text):
                self.at += 1
                here = ESCAPED.get(self.text[self.at], f"\\{self.text[self.at]}")
            said.append(here)
            self.at += 1
        raise Unreadable('The quote " is not closed', start + 1)

    def _bare(self) -> str:
        """Up to the next comma or line; a backslash escapes as within quotes."""
        said: list[str] = []
        while self.at < len(self.text) and (here := self.text[self.at]) not in ",\n":
            if self.braced and self._closing():
                break
            if here == '"':
                raise Unreadable("A value with quotes inside must be quoted itself", self.at + 1)
            if here == "\\" and self.at + 1 < len(self.text):
                self.at += 1
                here = ESCAPED.get(self.text[self.at], f"\\{self.text[self.at]}")
            said.append(here)
            self.at += 1
        return "".join(said).rstrip()


def _written(value: str) -> str:
    if PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
