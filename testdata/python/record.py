#!/usr/bin/env python3
"""Records what CPython makes of texts and numbers, for `tests/it/python.rs` to compare with.

    record.py      run by CPython 3.13, whose Unicode the tables of `src/python/` have

`text.json`: the keywords; for each text its `splitlines()` and its `repr()`; where runs of `isprintable()` characters begin and end; for the bits of each
float its `repr()`; for each text that may be a number its `int()` and the bits of its `float()`, or null. The texts are made at random from characters
that some rule treats apart, by a seed.
"""

import json
import keyword
import random
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent

APART = "\n\r\t\v\f\0\a\x1b\x1c\x1d\x1e\x1f \x7f\x80\x85\x9f\xa0\xad\u061c\u1680\u180e\u2000\u200b\u2028\u2029\u202e\u2060\u3000\ue000\ufeff\ufffd\uffff"
PLAIN = "aZ09'\"\\éß漢字🐍\u0301\U000e0001\U000f0000\U0010ffff"


def texts(count: int):
    chance = random.Random(7)
    yield from ("", "'", '"', "'\"", "\r\n", "\n\r", "\r\r\n", "a\r\nb\rc\n\nd", "a\n", "a\x85", "\\")
    for _ in range(count):
        yield "".join(chance.choice(APART + PLAIN + "\r\n" * 4) for _ in range(chance.randrange(12)))


def floats(count: int):
    chance = random.Random(7)
    yield from (0.0, -0.0, 1.0, 100.0, 1e16, 1e15, 9999999999999998.0, 1e-4, 1e-5, 1e22, 1e23, 5e-324, float("inf"), float("-inf"), float("nan"))
    for _ in range(count):
        yield chance.randrange(10**4) / chance.randrange(1, 10**4) * 100
        yield chance.uniform(-1, 1) * 10.0 ** chance.randrange(-12, 24)
        yield struct.unpack("<d", chance.randbytes(8))[0]


def bits(number: float) -> str:
    return str(struct.unpack("<Q", struct.pack("<d", number))[0])


def read(kind, text: str):
    """The number that the text is read as; `None` where it is not one."""
    try:
        return kind(text)
    except ValueError:
        return None


def numbers(count: int):
    chance = random.Random(7)
    yield from ("", "0", "-0", "+7", "--7", "+ 7", "007", "-007", "1_000", "1__0", "_1", "1_", "0x10", "0b1", "0o7", "1.0", "+", "1 0", "7l", "7\0", "\x1c7", "7\x1f", "\x0b7\x0c")
    yield from (".5", "5.", ".", "1_0.5", "1_.5", "1._5", "1e3", "1E+3", "1e", "e3", "1e1_0", "1_e1", "1e_1", "nan", "-NaN", "inf", "-Infinity", "infinit", "+iNf", "in_f", "90%", "0x1p3", "1e400", "-1e-400", "1e999999999999999999999")
    yield from ("٢", "２", "-٣", "٣_٤", "٢٫٥", "２.５", "９０", "1٢", "\x1c٢", "\u2003٢\xa0", "\u20037", "7\u3000", "²", "Ⅷ", "四", "٢\u200b", "－7", "１e３", "ｎａｎ", "٢ ٢", "𝟗𝟠", "४२")
    yield from ("9" * 19, "-" + "9" * 40, "9" * 4300, "-" + "9" * 4300, "9" * 4301, "0" * 4301, "1_" * 4299 + "1", "1_" * 4300 + "1", "9" * 400 + ".5")
    for _ in range(count):
        yield "".join(chance.choice("0123456789" * 2 + "+-__..eE \t\x1c\xa0٠٣９𝟘५") for _ in range(chance.randrange(1, 7)))


def bounds() -> list[int]:
    printable = [chr(code).isprintable() for code in range(0x110000)]
    return [code for code in range(1, 0x110000) if printable[code] != printable[code - 1]]


def main() -> None:
    record = {
        "texts": [[text, text.splitlines(), repr(text)] for text in texts(400)],
        "printable": bounds(),
        "floats": [[bits(number), repr(number)] for number in floats(200)],
        "numbers": [[text, None if (whole := read(int, text)) is None else str(whole), None if (real := read(float, text)) is None else bits(real)] for text in numbers(600)],
    }
    lines = [f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]" for name, rows in record.items() if name != "printable"]
    lines.append(f'"printable": {json.dumps(record["printable"])}')
    lines.append(f'"keywords": {json.dumps(keyword.kwlist)}')
    (HERE / "text.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
