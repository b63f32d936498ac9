"""Tolerant reading of a stream entry: whatever shape the fields came in, one flat dict comes out.

Pure: knows neither Django nor Redis. What cannot be read raises `InvalidEvent` with a reason code.
"""

from __future__ import annotations

import ast
import decimal
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import msgspec

MAX_BYTES = 64 * 1024  # an entry's values together
MAX_DEPTH = 8
MAX_EXTRA_BYTES = 16 * 1024
MAX_DIGITS_BEFORE_POINT, PLACES = 20, 18  # what NUMERIC(38,18) holds
SMALLEST = Decimal(1).scaleb(-PLACES)
WIDE = decimal.Context(prec=60)
ENVELOPES = ("data", "payload", "message", "event", "body", "json")
ABSENT = frozenset(("", "null", "none", "nil", "undefined", "n/a"))
NOT_FINITE = frozenset(
    f"{sign}{word}" for sign in ("", *"+-") for word in ("nan", "inf", "infinity")
)
NULL_WORDS = ABSENT | NOT_FINITE
NAN = Decimal("NaN")
TRUE_WORDS = frozenset(("true", "1", "yes", "on", "y", "t"))
FALSE_WORDS = frozenset(("false", "0", "no", "off", "n", "f"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_US = int(datetime(2009, 1, 3, tzinfo=UTC).timestamp()) * 1_000_000
DAY_US = 86_400 * 1_000_000

_hump = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_separator = re.compile(r"[\s\-]+")
_json = msgspec.json.Decoder(float_hook=Decimal)


class InvalidEvent(Exception):
    """The entry cannot become an event; `reason_code` is a short word, `message` a sentence."""

    def __init__(self, reason_code: str, message: str) -> None:
        super().__init__(message)
        self.reason_code = reason_code
        self.message = message


def as_text(fields: Mapping[Any, Any]) -> dict[str, str]:
    """Bytes or str keys and values to str; bytes that are not UTF-8 are refused."""
    try:
        return {
            key.decode() if isinstance(key, bytes) else str(key): value.decode()
            if isinstance(value, bytes)
            else str(value)
            for key, value in fields.items()
        }
    except UnicodeDecodeError:
        raise InvalidEvent("bad_text", "A field is not UTF-8.") from None


def check_text(joined: str) -> None:
    """Refuse what is too large or what PostgreSQL's text cannot hold (NUL, lone surrogates)."""
    if len(joined) > MAX_BYTES:
        raise InvalidEvent("too_large", f"More than {MAX_BYTES} bytes.")
    if "\x00" in joined:
        raise InvalidEvent("bad_text", "A NUL character.")
    if not joined.isascii():
        try:
            size = len(joined.encode())
        except UnicodeEncodeError:
            raise InvalidEvent("bad_text", "A byte or character that is not UTF-8.") from None
        if size > MAX_BYTES:
            raise InvalidEvent("too_large", f"More than {MAX_BYTES} bytes.")


@lru_cache(maxsize=4096)
def snake(key: str) -> str:
    """`avgPrice`, `Avg-Price` and `AVG_PRICE` are `avg_price`; dots stay."""
    return _separator.sub("_", _hump.sub("_", key.strip())).lower()


def parse_object(text: str, inferred: list[str]) -> Any:
    """The object or list that `text` holds as JSON or as a Python literal; None if it is neither.

    Raises InvalidEvent when it nests deeper than MAX_DEPTH.
    """
    text = text.strip()
    if not text or text[0] not in '{["(':
        return None
    try:
        found = _json.decode(text)
    except msgspec.DecodeError:
        found = _parse_leniently(text, inferred)
    except RecursionError:
        raise InvalidEvent("too_deep", f"Nested deeper than {MAX_DEPTH}.") from None
    for _ in range(2):  # a string that holds an object: encoded twice, or thrice
        if isinstance(found, str):
            found = _decode_again(found, inferred)
    if isinstance(found, dict | list):
        check_tree(found)
        return found
    return None


def _decode_again(text: str, inferred: list[str]) -> Any:
    try:
        return _json.decode(text)
    except msgspec.DecodeError:
        return _parse_leniently(text, inferred) if text[:1] in "{[(" else None
    except RecursionError:
        raise InvalidEvent("too_deep", f"Nested deeper than {MAX_DEPTH}.") from None


def _parse_leniently(text: str, inferred: list[str]) -> Any:
    """JSON with NaN and Infinity, else a Python literal (counted as `python_repr`)."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=lambda _word: NAN)
    except RecursionError:
        raise InvalidEvent("too_deep", f"Nested deeper than {MAX_DEPTH}.") from None
    except ValueError:
        pass
    try:
        found = ast.literal_eval(text)
    except (RecursionError, MemoryError):
        raise InvalidEvent("too_deep", f"Nested deeper than {MAX_DEPTH}.") from None
    except (ValueError, SyntaxError, TypeError):
        return None
    inferred.append("python_repr")
    return list(found) if isinstance(found, tuple | set) else found


def check_tree(tree: Any) -> None:
    """Refuse depth beyond MAX_DEPTH and text that PostgreSQL cannot hold, without recursion."""
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise InvalidEvent("too_deep", f"Nested deeper than {MAX_DEPTH}.")
        if isinstance(node, str):
            check_text(node)
        elif isinstance(node, dict):
            stack.extend((key, depth) for key in node if isinstance(key, str))
            stack.extend((value, depth + isinstance(value, dict | list)) for value in node.values())
        elif isinstance(node, list | tuple):
            stack.extend((value, depth + isinstance(value, dict | list)) for value in node)


def unwrap(
    fields: Mapping[str, Any], inferred: list[str], own: frozenset[str], levels: int = 2
) -> list[dict[str, Any]]:
    """The entry's events as dicts with snake-case keys; flat fields win over the envelope's.

    `own` names fields of the stream that must not be taken for an envelope (`message` of an error)
    unless they are all there is. A list in the envelope gives one dict for each item.
    """
    flat = {snake(str(key)): value for key, value in fields.items()}
    for name in ENVELOPES:
        if name not in flat or (name in own and len(flat) > 1):
            continue
        inner = flat[name]
        if isinstance(inner, str):
            inner = parse_object(inner, inferred)
        if not isinstance(inner, dict | list):
            if name not in own and str(flat[name]).lstrip()[:1] in ("{", "["):
                raise InvalidEvent("bad_json", f"`{name}` is neither JSON nor a Python literal.")
            continue
        del flat[name]
        items = inner if isinstance(inner, list) else [inner]
        if not items or not all(isinstance(item, dict) for item in items):
            raise InvalidEvent(
                "bad_shape", f"The list in `{name}` holds something else than events."
            )
        found: list[dict[str, Any]] = []
        for item in items:
            found += unwrap(item, inferred, own, levels - 1) if levels else [item]
        return [{**item, **flat} for item in found]
    return [flat]


def flatten(event: Mapping[str, Any], inferred: list[str]) -> dict[str, Any]:
    """Objects inside single fields are parsed; dotted keys and nested objects become `a.b` leaves.

    The object itself stays under its own key too: `labels`, `positions`, `metrics` are read whole.
    """
    result: dict[str, Any] = {}
    for key, raw in event.items():
        value = raw
        if isinstance(value, str) and value[:1] in ("{", "["):
            parsed = parse_object(value, inferred)
            value = raw if parsed is None else parsed
        if isinstance(value, dict):
            for leaf, inner in _leaves(value, snake(str(key)), MAX_DEPTH):
                result.setdefault(leaf, inner)
        result[key] = value
    return result


def _leaves(tree: Mapping[Any, Any], prefix: str, levels: int) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in tree.items():
        path = f"{prefix}.{snake(str(key))}"
        if isinstance(value, dict) and levels:
            found += _leaves(value, path, levels - 1)
        else:
            found.append((path, value))
    return found


def number(value: Any, name: str) -> Decimal | None:
    """A finite Decimal, None for a null word or NaN; never through float.

    Raises InvalidEvent for text that is no number (a comma decimal too) or does not fit
    NUMERIC(38,18).
    """
    if value is None:
        return None
    try:
        found = Decimal(value if type(value) is str else str(value))
    except InvalidOperation:
        if isinstance(value, str) and value.strip().lower() in NULL_WORDS:
            return None
        raise InvalidEvent("bad_number", f"`{name}` is not a number.") from None
    except ValueError:  # an integer of more digits than Python prints
        raise InvalidEvent("out_of_range", f"`{name}` is too large.") from None
    if not found.is_finite():
        return None
    if found.adjusted() >= MAX_DIGITS_BEFORE_POINT and found:
        raise InvalidEvent("out_of_range", f"`{name}` is too large.")
    if type(value) is bool or (type(value) is str and "_" in value):
        raise InvalidEvent("bad_number", f"`{name}` is not a number.")
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -PLACES:
        return found.quantize(SMALLEST, decimal.ROUND_HALF_UP, WIDE)
    return found


def is_void(value: Any) -> bool:
    """Whether this is a number's place with no number in it: NaN or infinity."""
    return value is NAN or (type(value) is str and value.strip().lower() in NOT_FINITE)


def ratio(value: Any, name: str) -> float | None:
    """As `number`, for statistics: a float."""
    found = number(value, name)
    return None if found is None else float(found)


def whole(value: Any, name: str) -> int | None:
    found = number(value, name)
    return None if found is None else int(found)


def text(value: Any, name: str, *, longest: int = 200) -> str:
    """Trimmed text; null words stay text except the empty one. Raises `too_long`."""
    if value is None or value is NAN:
        return ""
    found = value.strip() if type(value) is str else _plain(value)
    if len(found) > longest:
        raise InvalidEvent("too_long", f"`{name}` has more than {longest} characters.")
    return found


def _plain(value: Any) -> str:
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    try:
        return str(value)
    except ValueError:
        raise InvalidEvent("out_of_range", "An integer of too many digits.") from None


def flag(value: Any, name: str) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in TRUE_WORDS or word in FALSE_WORDS:
        return word in TRUE_WORDS
    if word in NULL_WORDS:
        return None
    raise InvalidEvent("bad_enum", f"`{name}` is neither true nor false.")


def instant(value: Any, name: str, latest_us: int | None = None) -> datetime | None:
    """A time in UTC from s, ms, us or ns by magnitude, or from ISO 8601 (UTC without a zone).

    Raises `bad_timestamp` for anything else and for times outside 2009-01-03..`latest_us`.
    """
    if value is None:
        return None
    us = _microseconds(value, name)
    if us is None:
        return None
    if us < EARLIEST_US or (latest_us is not None and us > latest_us):
        raise InvalidEvent("bad_timestamp", f"`{name}` lies outside 2009-01-03 .. now + 24 h.")
    try:
        return EPOCH + timedelta(microseconds=us)
    except OverflowError:
        raise InvalidEvent("bad_timestamp", f"`{name}` is no time.") from None


def _microseconds(value: Any, name: str) -> int | None:
    if type(value) is str and value.isdigit() and len(value) < 21:
        return scaled_us(int(value))
    try:
        found = number(value, name)
    except InvalidEvent as error:
        if error.reason_code == "out_of_range":
            raise InvalidEvent("bad_timestamp", f"`{name}` is no time.") from None
        return _iso_us(str(value), name)
    return None if found is None else scaled_us(found)


def scaled_us(stamp: int | Decimal) -> int:
    """Microseconds since 1970 of a count whose unit shows in its magnitude."""
    if stamp < 100_000_000_000:
        return int(stamp * 1_000_000)
    if stamp < 100_000_000_000_000:
        return int(stamp * 1_000)
    if stamp < 100_000_000_000_000_000:
        return int(stamp)
    return int(stamp) // 1_000


def _iso_us(value: str, name: str) -> int:
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise InvalidEvent("bad_timestamp", f"`{name}` is no time.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(microseconds=1)


def capped_extra(rest: dict[str, Any]) -> dict[str, Any]:
    """The unknown fields as JSON-able values, at most 16 kB: the largest are left out first."""
    sizes = {key: len(msgspec.json.encode(value, enc_hook=str)) for key, value in rest.items()}
    total = sum(sizes.values()) + sum(map(len, sizes))
    for key in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if total <= MAX_EXTRA_BYTES:
            break
        total -= sizes[key] + len(key)
        del rest[key]
        rest["truncated"] = True
    return rest
