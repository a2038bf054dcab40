#!/usr/bin/env python3
"""Writes the tables in `src/python/` that are CPython's own: printable characters, digits, encodings.

    tables.py [PYTHON ...]      run by CPython 3.13, whose Unicode the tables have

Names of encodings are those of this Python and of the others, commands that are quoted if they have several words; those committed are of
3.11 to 3.15.
"""

import json
import re
import shlex
import subprocess
import sys
import textwrap
import unicodedata
from pathlib import Path

PYTHON = Path(__file__).resolve().parent.parent.parent / "src/python"

# Codecs of several bytes: the encoding of the web that has the same lines.
WIDE = {
    "big5": "BIG5", "big5hkscs": "BIG5", "cp950": "BIG5", "euc_jp": "EUC_JP", "euc_kr": "EUC_KR", "cp949": "EUC_KR", "gb18030": "GB18030",
    "gb2312": "GBK", "gbk": "GBK", "iso2022_jp": "ISO_2022_JP", "shift_jis": "SHIFT_JIS", "cp932": "SHIFT_JIS",
}
# Codecs that need no table.
PLAIN = {
    "ascii": "Ascii", "latin_1": "Latin1", "charmap": "Latin1", "iso8859_1": "Latin1", "utf_8": "Utf8", "utf_8_sig": "Utf8", "cp65001": "Utf8",
    "utf_16_le": "Utf16 { big: false }", "utf_16_be": "Utf16 { big: true }",
    "utf_32_le": "Utf32 { big: false }", "utf_32_be": "Utf32 { big: true }",
}
# Codecs in which a byte means what those before it say, or that no program is written in.
REFUSED = ("hz", "iso2022_", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "utf_7", "idna")
# Codecs of Windows alone, and files beside the codecs.
ABSENT = {"aliases", "ansi", "dbcs", "mbcs", "oem", "_win_cp_codecs"}

LIST = (
    "import encodings, json, pkgutil; from encodings.aliases import aliases; "
    "print(json.dumps(aliases | {m.name: m.name for m in pkgutil.iter_modules(encodings.__path__)} | {n: n for n in aliases.values()}))"
)


def names(others: list[str]) -> dict[str, str]:
    """Every name that can be looked up, in lower case, and its codec."""
    found = {}
    for command in [[sys.executable], *map(shlex.split, others)]:
        found = json.loads(subprocess.run([*command, "-c", LIST], capture_output=True, check=True, text=True).stdout) | found
    return {name: codec for name, codec in sorted(found.items()) if name not in ABSENT and name == name.lower()}


def table(codec: str) -> str | None:
    """What each byte means; without the first half where that is ASCII. `None` if not every byte is a character."""
    try:
        text = bytes(range(256)).decode(codec, "replace")
    except (LookupError, UnicodeError):
        return None
    if len(text) != 256 or codec.startswith(REFUSED):
        return None
    return text[128:] if text[:128] == bytes(range(128)).decode() else text


def literal(text: str) -> str:
    """A string of Rust, in which everything is escaped that an editor would not show in its place."""

    def one(character: str) -> str:
        if character in "\t\n\r\\\"":
            return json.dumps(character)[1:-1]
        seen = character.isprintable() and character != "\ufffd" and unicodedata.is_normalized("NFC", character) and unicodedata.category(character) not in ("Lm", "Mn")
        if character == " " or (seen and unicodedata.bidirectional(character) not in ("R", "AL", "AN")):
            return character
        return f"\\u{{{ord(character):x}}}"

    return '"' + "".join(map(one, text)) + '"'


def encodings(others: list[str]) -> str:
    tables, rows = {}, []
    for name, codec in names(others).items():
        if codec in PLAIN:
            kind = PLAIN[codec]
        elif codec in WIDE:
            kind = f"Wide({WIDE[codec]})"
        elif (meaning := table(codec)) is not None:
            tables[codec.upper()] = meaning
            kind = f"Table({codec.upper()})"
        else:
            kind = "Refused"
        rows.append(f'    ("{name}", {kind}),\n')
    constants = [f"const {name}: &str = {literal(meaning)};\n" for name, meaning in sorted(tables.items())]
    return "".join(rows) + "];\n\n" + "".join(constants)


def numbers(values: list[str], width: int) -> str:
    return textwrap.indent(textwrap.fill(", ".join(values) + ",", width), "    ") + "\n];\n"


def printable() -> list[str]:
    shown = [chr(code).isprintable() for code in range(0x110000)]
    return [f"{code:#X}".replace("X", "x") for code in range(1, 0x110000) if shown[code] != shown[code - 1]]


def zeros() -> list[str]:
    return [f"{code:#X}".replace("X", "x") for code in range(0x110000) if unicodedata.decimal(chr(code), None) == 0]


def replace(file: str, pattern: str, new: str) -> None:
    path = PYTHON / file
    text, count = re.subn(pattern, lambda found: found[1] + new, path.read_text(), count=1, flags=re.S)
    if count != 1:
        sys.exit(f"{path} has no such table")
    path.write_text(text)


def main() -> None:
    bounds, digits = printable(), zeros()
    replace("text/printable.rs", r"(const BOUNDS: \[u32; )\d+\] = \[\n.*?\n\];\n", f"{len(bounds)}] = [\n{numbers(bounds, 127)}")
    replace("text/numbers.rs", r"(const ZEROS: \[u32; )\d+\] = \[\n.*?\n\];\n", f"{len(digits)}] = [\n{numbers(digits, 120)}")
    replace("source/tables.rs", r"(const NAMES: &\[\(&str, Codec\)\] = &\[\n).*", encodings(sys.argv[1:]))


if __name__ == "__main__":
    main()
