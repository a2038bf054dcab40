#!/usr/bin/env python3
"""Records what CPython's `re` finds by patterns in texts, for `tests/it/python.rs` to compare with.

    patterns.py      run first by CPython 3.13, which writes `re.json`, then by the others from 3.10 on: each writes the rows in
                     which it differs to `re-<X.Y>.json`

Each row is `[pattern, text, spans]`, with the spans of all matches under `re.MULTILINE` as offsets in UTF-8, or
`[pattern, null, error]` where the pattern does not compile.
"""

import json
import re
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).parent
CODE = "def f(self):  # pragma: no cover\n    if TYPE_CHECKING:\n        raise NotImplementedError\n    return 'a' == \"b\"\n\nclass A(B):\n    ...\n"
WORDS = "aä\u0301 ß ẞ İ ı ſ K \u212a 名前 x_1 ٣²½\n\u00a0\u2003\u200b\x1c\x85\u2028end"
LETTERS = "abab aab ba\nAB aB\n\nabc cab"
BRACKETS = "a]b-c^d[e\\f\nx{2} {,3} a.b*c+d?"

# Texts, and patterns that are tried on each.
PATTERNS = {
    CODE: [
        "#\\s*(pragma|PRAGMA)[:\\s]?\\s*(no|NO)\\s*(cover|COVER)", "if (typing\\.)?TYPE_CHECKING:", "raise NotImplementedError", "^\\s*\\.\\.\\.$",
        "^\\s*(((async )?def .*?)?\\)(\\s*->.*?)?:\\s*)?\\.\\.\\.\\s*(#|$)", "def \\w+\\(self", "class .*\\bA\\b", "^    return", "self(?=\\))", "(?<!\\w)f",
        "(?s)def.*class", "(?x) def \\s  f # a comment\n \\(", "(['\"])\\w\\1", "(?P<q>['\"])(?P<w>\\w)(?P=q)", "\\A.*$", ".*\\Z", "$", "^", "\\n\\n", "(?m:^)\\w",
        "(?i:CLASS) a", "(?i:CLASS) A", "(?-i:class)", "(?i)type_(?-i:C)", "\\S+$", "[^\\S\\n]+", "if|raise|return", "(?:if|raise)\\b", "\\Bf", "e\\b.",
    ],
    WORDS: [
        "\\w+", "\\W+", "\\d+", "\\D+", "\\s+", "\\S+", "\\b", "\\B", "(?a)\\w+", "(?a)\\s+", "(?a)\\d", "(?a)\\b", "(?i)ss", "(?i)ß", "(?i)ẞ", "(?i)i", "(?i)İ",
        "(?i)ı", "(?i)s", "(?i)k", "(?i)[k-l]", "(?i)[^k]", "(?ia)k", "(?i)Ä", "(?i)[à-ö]", "[\u0300-\u036f]", "\\u0301", "\\N{LATIN SMALL LETTER SHARP S}",
        "\\U0000540d.", "\\xe4", "[^\\W\\d_]+", "[\\w\\s]+", "[^\\w\\s]", ".", "(?s).$", "^\\s", "\\x1c", "\\302", "\\0", "[\\d½]", "名(?=前)", "(?<=名)前",
    ],
    LETTERS: [
        "a*", "a*?", "a+?b", "(a|ab)(c|bcd)?", "(ab)+", "(?:ab){2}", "a{2}", "a{,2}", "a{1,}b", "a{0}b", "a{2}?", "x*", "(a*)*", "(a*)+b", "(a|b)*?c", "(?:a?){3}b",
        "((a)|b)+", "(a)?b(?(1)c|$)", "(a)?(?(1)b|c)", "(?(1)a|b)()", "a++b", "a*+a", "(?>a+)b", "(?>ab|a)b", "a?+ab", "(?:ab)++", "(?=a)\\w", "(?!a)\\w", "(?<=a)b", "(?<!a)b",
        "(?<=ab|cd)", "(?<=^)a", "(?<=\\n)", "(?=(a+))\\1", "(a)(?=\\1)", "()", "|a", "a|", "(?:)", "^$", "^\\s*$", "b$", "$\\n", "\\Aab", "c\\Z", "(?i)ab", "(?i)AB(?-i:c)?",
        "(?i:A)b", "[ab]+", "[^ab\\n]+", "[a-b]{3}", "(a(b(a)))", "(?P<x>a)(?P<y>b)(?P=x)", "(?#no)a(?#yes)b", "b?\\b", "\\b\\w", "(\\w)\\1", "(?:(a)|b)\\1", "(a\\b|b)", "(?s).+", ".+?$",
        "(?:a|b|ab)*c", "(?:^|b)a", "(?<=a(?=b))b", "(?!)", "(?=)", "a{1", "a{1,2", "{", "a{,}", "a{ 1}", "(?:a{1,2}){2}", "(a{0,1}?)b",
    ],
    BRACKETS: [
        "[]]", "[^]]+", "[]-a]", "[a-]", "[-a]", "[\\]]", "[\\\\]", "[a^]", "[.]", "[*+?]", "\\.", "\\*\\w", "\\[", "[[]", "[\\w.-]+", "[\\-]", "\\{", "{,3}", "x{2}", "\\x5b", "[\\x5b-\\x5d]",
        "[^\\n]*", "[\\b]", "[\\a\\f\\v]", "\\\\", "\\]", "]", "}", "\\-", "\\ ", "\\#", "[#]", "(?x)[ ]a\\ b", "(?x)a # b",
    ],
}

# Only some versions compile these, or they find other matches.
VERSIONS = {
    "": ["\\B", "\\b", "\\B|a", "(?!\\B)", "^$", "\\z", "\\Z"],
    "aA b\nBa\n": [
        "a\\z", "\\z", "\\n\\z|b", "(?:a|\\z)", "[\\z]", "a(?i)", "(?:a)|(?:(?i)b)", "(b(?i)a)", "a.(?s)B", "(?:a)|(?:(?s)b.b)", "(?:a)|(?:(?x) b )", "a | (?x) b", "a#(?x)\nb", "#(?i)a(?x)\nB", "(?i:a)(?a)",
        "a(?ix)  b", "a(?u)", "a(?a)(?u)", "a(?L)", "a(?m)$", "a(?-i)", "(?=a(?i))A", "(?<=a(?i))A", "(?(1)a|(?i)b)()", "()(?(1)a|(?i)b)", "(?i-i:a)", "(a(?x) # )\n", "((?x) # )\n)", "[(?i)]a", "(?#(?i))a", "\\((?i)a", "a*(?i)*", "(?i)*", "a(?i)b(?i)",
        "a++", "a*+", "a?+", "a{1}+", "a{1,2}+A", "(?>a)", "(?>a|aA)A", "(?:a++)", "[a]++", "a+?+", "a++?", "a+++", "(?>", "(?>a", "\\B", "\\b\\B",
    ],
}

# Nearly all of these do not compile.
ERRORS = [
    "(", ")", "a)", "(a", "(?", "(?:", "(?P", "(?P<", "(?P<a", "(?P<>a)", "(?P<1>a)", "(?P<a b>x)", "(?P<a>x)(?P<a>y)", "(?P=a)", "(?P=", "(?P>a)", "(?P<a>(?P=a))", "(?<a>x)", "(?<", "(?<=", "(?<=a*)", "(?<=a|bc)",
    "(?<!a+)", "(?<=(a)\\1?)", "(?<=(a))\\2", "(?(1)a)", "(?(2)a|b)(c)", "(?(a)b)", "(?(1)a|b|c)(d)", "(?(", "(?(1", "(?(1)", "(?#", "(?z)", "(?i", "(?i-", "(?i-)", "(?-i)", "(?-", "(?-x:", "(?i-i:a)", "(?au)a",
    "(?a-a:x)", "(?au:x)", "(?L)a", "(?L:a)", "(?t)a", "a(?i)", "a|(?i)b", "(a(?i)b)", "*", "+a", "?", "a**", "a*+*", "a+++", "a???", "a{1}{2}", "a{2,1}", "a{1}*", "{1}", "^*", "$*", "(?=a)*", "\\b*", "|*", "(*)",
    "[", "[a", "[]", "[^]", "[b-a]", "[\\w-a]", "[a-\\d]", "[\\", "[a-", "[[:alpha:]", "\\", "a\\", "\\y", "\\q1", "[\\y]", "[\\A]", "\\x", "\\x1", "\\xg1", "\\u12", "\\U1234567", "\\U00110000", "\\N", "\\N{", "\\N{}",
    "\\N{NO SUCH}", "\\1", "(a)\\2", "\\400", "(a)\\99", "[\\400]", "[\\8]", "\\8", "(a\\1)", "x{99999999999999999999}", "(?x)(", "a\n(", "a\n\n [b", "(?P<ä>a)(", "(?P<a>b)(?P<a", "(?i)(?j)",
]


def found() -> list:
    def offset(text: str, at: int) -> int:
        return len(text[:at].encode())

    rows = []
    warnings.simplefilter("ignore")
    for text, patterns in {**PATTERNS, **VERSIONS, "a1": ERRORS}.items():
        for pattern in patterns:
            try:
                compiled = re.compile(pattern, re.MULTILINE)
            except (re.error, OverflowError, ValueError) as error:
                rows.append([pattern, None, str(error)])
            else:
                rows.append([pattern, text, [[offset(text, at) for at in match.span()] for match in compiled.finditer(text)]])
    return rows


def main() -> None:
    version = "%d.%d" % sys.version_info[:2]
    record, rows = HERE / "re.json", found()
    if version != "3.13":
        expected = json.loads(record.read_text(encoding="utf-8"))
        rows = [row for row, usual in zip(rows, expected, strict=True) if row != usual]
        record = HERE / f"re-{version}.json"
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    record.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
