"""Damage to a file: seeded, a few bytes or passages at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

WORDS = "nan inf -inf 1e400 -0 0x10 1e-320 True null , ; [ { =1+1 \\ud800 \\u0000 \0 \x1b[2J \u202e"
TOKENS = (
    *(word.encode() for word in WORDS.split(" ")),
    *(b"\r", b"\n", b"\t", b'"', b" ", b"9" * 400, b"[" * 3000),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80"),
    *(b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80"),
)

type Change = Callable[[bytes, np.random.Generator], bytes]


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data)))
    return data[:at] + bytes([data[at] ^ (1 << int(rng.integers(8)))]) + data[at + 1 :]


def _byte(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data)))
    return data[:at] + bytes([int(rng.integers(256))]) + data[at + 1 :]


def _part(data: bytes, rng: np.random.Generator) -> slice:
    first = int(rng.integers(len(data)))
    return slice(first, first + int(2 ** rng.uniform(0, 6)))


def _delete(data: bytes, rng: np.random.Generator) -> bytes:
    part = _part(data, rng)
    return data[: part.start] + data[part.stop :]


def _repeat(data: bytes, rng: np.random.Generator) -> bytes:
    part = _part(data, rng)
    return data[: part.stop] + data[part] * int(rng.integers(1, 4)) + data[part.stop :]


def _move(data: bytes, rng: np.random.Generator) -> bytes:
    part, at = _part(data, rng), int(rng.integers(len(data)))
    return data[:at] + data[part] + data[at:]


def _insert(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data) + 1))
    return data[:at] + TOKENS[int(rng.integers(len(TOKENS)))] + data[at:]


def _replace(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data)))
    token = TOKENS[int(rng.integers(len(TOKENS)))]
    return data[:at] + token + data[at + int(rng.integers(1, 8)) :]


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(len(data)))]


CHANGES: tuple[Change, ...] = (
    *(_flip, _byte, _delete, _repeat, _move, _insert, _replace, _replace, _cut),
)


def mutated(originals: Sequence[bytes], seed: int, index: int) -> bytes:
    """Return one of the files with one to four changes, the same for the same numbers."""
    rng = np.random.default_rng((seed, index))
    data = originals[int(rng.integers(len(originals)))]
    for _ in range(min(int(rng.geometric(0.6)), 4)):
        data = CHANGES[int(rng.integers(len(CHANGES)))](data, rng) or b"x"
    return data


def flipped(originals: Sequence[bytes], seed: int, index: int) -> bytes:
    """Return one of the files with one bit changed, the same for the same numbers."""
    rng = np.random.default_rng((seed, index))
    return _flip(originals[int(rng.integers(len(originals)))], rng)
