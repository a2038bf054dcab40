"""Random programs for `generated.py`: Python that nobody writes, so that every rule of the compiler is met.

`Programs(seed, version).function(number, runnable)` is the text of one function, with all it needs but the names of `support.py`. Runnable
ones end, whatever happens in them: every loop burns fuel, and nothing swallows the exception that says there is none left. Some texts
are refused by the compiler; which ones is for the caller to find out.
"""

from __future__ import annotations

import random

CONSTANTS = """0 1 -1 0x0 7 10**30 1.5 0.0 -0.0 1e999 2j 0j None True False ... "" "a" b"" b"a" __debug__ () (1,) (1,2) (0,()) ((),) "a"*3 "a"*0 0*"b" 1+1 2-2
~0 1<<3 7//2 7%7 2**3 "a""b" 'ab'[0] (1,2)[1] -(1) 99999999999999999999 '\\ud800' '\\ud801' '\\ufffd' f"" f"a" (0)or(1) (1)and(2) "a"in"b" 1<2
r'\\d' u"a" 1_000 0b1 0o7 '''a''' b"a"b"b" -1.5 +1 -True 1j*1j 1-1j (1,2)*2 (1,2)+(3,) "%s"%1 1/0 {} [] [0] {1}""".split()
PRAGMAS = ["# pragma: no cover", "# pragma: no branch", "# pragma: nocover", "# note", "# x"]


class Programs:
    """The programs of one seed, for the syntax of Python 3.`minor`; a few have that of a newer one."""

    def __init__(self, seed: int, minor: int) -> None:
        self.chance = random.Random(seed)
        self.minor = minor
        self.runnable = False
        self.pragmas = False
        self.is_async = False
        self.loops: list[bool] = []
        self.jumps = True
        self.returns = True
        self.depth = 0
        self.left = 0
        self.one_line = 0.35

    # Choices.

    def likely(self, share: float) -> bool:
        return self.chance.random() < share

    def pick(self, *options: str) -> str:
        return self.chance.choice(options)

    def several(self, least: int, most: int) -> range:
        return range(self.chance.randint(least, most))

    def since(self, minor: int) -> bool:
        """Whether to use syntax of 3.`minor`."""
        return self.minor >= minor or self.likely(0.002)

    # Expressions.

    def constant(self) -> str:
        return self.chance.choice(CONSTANTS)

    def name(self) -> str:
        return self.pick("x", "y", "z", "w", "x", "y", "o", "e")

    def call(self) -> str:
        return self.pick("c()", "c()", "t()", "c(1)", "t(x)")

    def broken(self, text: str) -> str:
        """The same in brackets over several lines."""
        return self.pick("(\n {}\n )", "({}\n)", "(\n{})", "( # n\n  {} # m\n)").format(text)

    def expression(self, depth: int = 2) -> str:
        if depth <= 0 or self.likely(0.3):
            return self.pick(self.constant(), self.name(), self.call(), self.call())
        inner = lambda: self.expression(depth - 1)  # noqa: E731
        kind = self.chance.randrange(33)
        if kind == 0:
            return f"({inner()} {self.pick('+', '-', '*', '|', '%', '@', '//')} {inner()})"
        if kind == 1:
            return f"({inner()} {self.pick('and', 'or')} {inner()})"
        if kind == 2:
            return f"(not {inner()})"
        if kind == 3:
            return f"({inner()} if {inner()} else {inner()})"
        if kind == 4:
            return f"({inner()} {self.pick('<', '==', 'in', 'is', 'is not', 'not in', '!=')} {self.pick(inner(), 'None', '[1, 2]', '{1, 2}')})"
        if kind == 5:
            return f"(lambda{self.pick('', ' x', ' *x', ' x=1', ' *, y=c()')}: {inner()})"
        if kind == 6:
            return f"[{inner()} for {self.target(1)} in {self.iterable()}{self.filters(depth)}]"
        if kind == 7:
            return f"{{{inner()} for {self.target(1)} in {self.iterable()}{self.filters(depth)}}}"
        if kind == 8:
            return f"{{{inner()}: {inner()} for {self.target(1)} in {self.iterable()}{self.filters(depth)}}}"
        if kind == 9:
            return f"({inner()} for {self.target(1)} in {self.iterable()}{self.filters(depth)})"
        if kind == 10:
            return f"[{', '.join(inner() for _ in self.several(0, 4))}]"
        if kind == 11:
            return f"({''.join(inner() + ', ' for _ in self.several(0, 4))})"
        if kind == 12:
            return "{" + ", ".join(self.pick(f"{inner()}: {inner()}", f"**{self.pick('{}', 'o')}") for _ in self.several(0, 4)) + "}"
        if kind == 13:
            return f"c({', '.join([inner() for _ in self.several(0, 2)] + self.pick('', 'k=1', '*f()', '**o', 'k=1, m=2', 'm=c()').split('!'))})".replace("(, ", "(").replace(", )", ")")
        if kind == 14:
            return f"o.{self.pick('K', 'get')}"
        if kind == 15:
            return f"f()[{self.pick('0', 'c():', ':1', '0:1', '::1')}]"
        if kind == 16:
            return f"({self.name()} := {inner()})"
        if kind == 17:
            quote = self.pick("'", '"""')
            return "f" + quote + "a{c()}" + self.pick("", "{x!r}", "{c():>{x}}", "{c()=}", "b{1}", "\\ud800") + quote
        if kind == 18:
            return self.broken(inner())
        if kind == 19:
            return self.broken(f"{inner()}, {inner()}")
        if kind == 20:
            return f"[*{self.pick('f()', '()', '[]')}, {inner()}]"
        if kind == 21:
            return f"{self.constant()} {self.pick('+', '*', '-')} {self.constant()}"
        if kind == 22:
            return f"(yield{self.pick('', ' ' + inner())})"
        if kind == 23:
            return f"(await a())" if self.is_async or self.likely(0.02) else self.call()
        if kind == 24:
            return f"c(\n {inner()},\n {inner()})"
        if kind == 25:
            return f"{{{', '.join(f'{self.constant()!s}: {n}' for n in self.several(0, 18))}}}" if self.likely(0.1) else "{}"
        if kind == 26:
            return f"-{inner()}"
        if kind == 27:
            return f"{{{inner()}, {inner()}, {inner()}}}"
        if kind == 28:
            return f"t'a{{c()}}{self.pick('', '{x}')}'" if self.since(14) else self.call()
        if kind == 29:
            return f'f"{{o["K"] if c() else f"{{x}}"}}"' if self.since(12) and self.likely(0.5) else self.call()
        if kind == 30:
            return "o.get(\n x\n).real" if self.likely(0.3) else "o\\\n .K"
        if kind == 31:
            return f"[*x for x in {self.iterable()}]" if self.since(15) and self.likely(0.5) else self.call()
        return f"(c(), *f())"

    # Strings with replacement fields, many of which some version refuses.

    def template(self, depth: int = 2, quotes: list[str] | None = None) -> str:
        """An f-string or t-string; one within a field has quotes of its own, mostly."""
        quotes = quotes or ["'", '"', "\'\'\'", '"""']
        quote = self.chance.choice(quotes)
        left = [other for other in quotes if other[0] != quote[0]] if self.likely(0.95) else quotes
        prefix = self.pick("f", "f", "f", "F", "rf", "fR", "t" if self.since(14) else "f", "rT" if self.since(14) else "f")
        text = prefix + quote + "".join(self.part(depth, quote, left) for _ in self.several(1, 3)) + quote
        return text + self.pick("", "", "", " 'a'", f" f'{{{self.name()}}}'", f"\\\n{text}", " b'a'" if self.likely(0.1) else "")

    def part(self, depth: int, quote: str, left: list[str]) -> str:
        if self.likely(0.35):
            return self.pick("a", "", "{{", "}}", "{{}}", "\\n", "\\N{DIGIT ONE}", "\\{c()}", "\\\\", "# a", "'" if quote[0] == '"' else "a", "\\" + quote[0], "}" if self.likely(0.2) else "!:=",
                             "\n" if len(quote) == 3 else "\\\n")
        return self.field(depth, quote, left)

    def field(self, depth: int, quote: str, left: list[str]) -> str:
        value = self.value(depth, quote, left)
        debug = self.pick("", "", "", "", "=", " = ", "=\n" if len(quote) == 3 else "=", "==" if self.likely(0.1) else "")
        conversion = self.pick("", "", "", "", "!r", "!s", "!a", " !r", self.pick("!r ", "! r", "!", "!x", "!rr", "!R", "!=", "!\n r"))
        if self.likely(0.65):
            return f"{{{value}{debug}{conversion}}}"
        inner = self.pick("", ">10", "{{", "\\n", "!r", ":", "=", "#", "\\x41", "\\N{DIGIT ONE}", "'" if quote[0] == '"' else ".", "\n" if len(quote) == 3 else "", "\\" + quote[0])
        if depth > 0 and self.likely(0.6):
            inner += self.field(depth - 1, quote, left) + self.pick("", "x", "}")
        return f"{{{value}{debug}{conversion}:{inner}}}"

    def value(self, depth: int, quote: str, left: list[str]) -> str:
        """An expression or something like one."""
        x = self.pick("x", "y", "1", "c()", "o.K", "o[0]", "{1: 2}", "{x}", "(x)", "[x, y]", "-x", "not x", "1_0", "...", "None")
        y = self.pick("x", "f()", "(y)", "c() or o")
        kind = self.chance.randrange(34)
        line = "\n" if len(quote) == 3 or self.likely(0.05) else " "
        if kind < 5:
            return self.pick(x, f" {x}", f"{line}{x}", f"{x} ", f"{x}{line}")
        if kind < 9:
            return f"{self.pick('', ' ')}{x} {self.pick('', '', 'async ')}for z in {y}{self.pick('', '', ' if z', ' for w in z', ', 1', line)}"
        if kind < 12:
            return self.pick(f"{x}, {y}", f"*{y}", f"*{y}, {x}", f"{x}, *{y}", f"*{y},", f"{x},", f"**{y}", f"*{y} or x,", ",")
        if kind < 15:
            return self.pick("yield", "(yield)", f"yield {x}", f"yield, {x}", f"{x}, yield", f"(yield), {x}", f"yield {x}, {y}", f"yield *{y}, 1", f"yield from {y}", f"yield from {y}, 1")
        if kind < 17:
            return self.pick("await x", "await x, y", "(await x)", "await x for z in f()", "not await x")
        if kind < 19:
            return self.pick("lambda: 1", "lambda x: x", "(lambda x: x)", "lambda x", "[lambda: x][0]", "x or lambda: 1", "(lambda: (yield))", "lambda *a, k=1: x", "lambda x: {x}")
        if kind < 21:
            return self.pick(f"x := {y}", f"(x := {y})", f"[x := {y}]", f"x:={y}", f"z, x := {y}", f"c(x := {y})", f"(x := {y} for z in f())")
        if kind < 23:
            return self.pick(f"{x} {self.pick('!=', '==', '<=', '>=', '<', '>', '->', '>>', '<>', '=', '>>=', '+=')} {y}", f"{x}!={y}", f"{x}=={y}", f"({x} == {y})", f"{x} if {y} else x")
        if kind < 25:
            return self.pick("", " ", line, "  \t ", "\f", "#", "# a", f"{x} # a", f"{x} # a{line}", "!r", "=", ":", "}", "{", "{{}}", "\u00a0")
        if kind < 28:
            other = self.chance.choice(left) if left else quote
            return self.pick(f"{other}a{other}", f"o[{other}K{other}]", f"{other}#{other}", f"{other}\\n{other}", f"{other}}}{other}", f"{other}{{{other}", f"b{other}a{other}", f"u{other}!r:{other}",
                             f"{other}a{other} {other}b{other}", f"{other}a", f"{other}{other}", f"c({other}:{other})", f"{other}a{line}b{other}", f"r{other}a{other}")
        if kind < 30 and depth > 0:
            return self.template(depth - 1, left)
        if kind < 32:
            return self.pick("x]", "(x", "x)", "[x)", "x[", "x) + (y", "x;y", "x y", "x\\\n", "\\x", "x\\", "x$", "x?", "x = y", "del x", "pass", "if x: y", "x if y", "1a", "0777", "0x", "for x in y", "x for", "a!b!c", "$", "@x", "import x")
        return self.expression(1)

    def filters(self, depth: int) -> str:
        return self.pick("", "", f" if {self.expression(depth - 1)}", f" for y in {self.iterable()}", f" if {self.constant()}")

    def iterable(self) -> str:
        return self.pick("f()", "f()", "[1, 2]", "(1, 2)", "{1, 2}", "[c(), 1]", "()", "range(2)", "(\n f())", "'ab'")

    def target(self, depth: int = 2) -> str:
        return self.pick("x", "y", "z", "w", "g", "o.x", "o['k']", "(x, y)"[: 6 if depth > 1 else 0] or "x", "x", "[x, *y]" if depth > 1 else "y")

    def condition(self) -> str:
        kind = self.chance.randrange(10)
        if kind < 4:
            return self.pick("c()", "c()", "c() > 1", "not c()", "c() == 1")
        if kind < 7:
            return self.pick(self.constant(), self.constant(), f"{self.constant()} {self.pick('and', 'or')} {self.pick('c()', self.constant())}",
                             f"c() {self.pick('and', 'or')} {self.constant()}", f"not {self.constant()}", "TYPE_CHECKING", "not TYPE_CHECKING",
                             f"{self.constant()} if {self.pick('c()', self.constant())} else {self.constant()}", "__debug__ and c()")
        if kind == 7:
            return self.pick("(\n c()\n )", "(c()  # n\n    )", "c(\n)", "c() and \\\n c()", f"({self.constant()}\n)")
        return self.expression()

    def annotation(self) -> str:
        return self.pick("int", "'str'", "list[int]", "c()", "(\n int)", "o.K", "'a' 'b'", "1", "lambda: 1", "[x for x in f()]", "int | None", "None")

    # Patterns.

    def pattern(self, depth: int = 2) -> str:
        if depth <= 0 or self.likely(0.25):
            return self.pick("_", "x", "1", "0", "-1", "'a'", "None", "True", "1.5", "2+3j", "b'a'", "o.K", "'a' 'b'", "y", "_", "-1-2j", "'\\ud800'")
        inner = lambda: self.pattern(depth - 1)  # noqa: E731
        kind = self.chance.randrange(12)
        if kind == 0:
            return f"{inner()} | {inner()}"
        if kind == 1:
            return f"({inner()} | {inner()})"
        if kind == 2:
            return f"({inner()} | {inner()}) as {self.pick('z', 'w')}"
        if kind == 3:
            return f"{self.pick('1', '[1, _]', '(1)', 'int()', 'o.K')} as {self.pick('z', 'w')}"
        if kind == 4:
            return f"[{', '.join(self.pick(inner(), inner(), '*_', '*w') for _ in self.several(0, 3))}]"
        if kind == 5:
            return f"({''.join(self.pick(inner(), inner(), '*_') + ', ' for _ in self.several(0, 3))})"
        if kind == 6:
            return "{" + ", ".join([f"{self.pick('1', chr(39) + 'k' + chr(39), 'o.K', '-1', 'None')}: {inner()}" for _ in self.several(0, 2)] + self.pick("", "**w").split("!")).strip(", ") + "}"
        if kind == 7:
            return f"{self.pick('int', 'str', 'O', 'o.get')}({self.pick('', inner(), 'K=' + inner(), inner() + ', K=' + inner())})"
        if kind == 8:
            return f"(\n {inner()}\n )"
        if kind == 9:
            return f"({inner()}\n | {inner()})"
        if kind == 10:
            return f"1 | _" if self.likely(0.5) else "(2 | _) as w"
        return f"({inner()})"

    # Statements: each a list of lines without indentation.

    def simple(self) -> str:
        kind = self.chance.randrange(40)
        x, e = self.target(), self.expression
        if kind in (0, 1, 2, 3, 4, 5):
            return "t()"
        if kind in (6, 7):
            return f"{x} = {e()}"
        if kind == 8:
            return f"x {self.pick('+', '-', '|')}= {e(1)}"
        if kind == 9:
            return f"{self.pick('x', 'y', 'v')}: {self.annotation()}"
        if kind == 10:
            return f"({self.pick('x', 'y')}): {self.annotation()}"
        if kind == 11:
            return f"{self.pick('x', 'y', '(x)')}: {self.annotation()} = {e(1)}"
        if kind == 12:
            return f"{self.pick('o.b', 'o[c()]', 'o.b.c', 'f()[0]', 'o[1:2]')}: {self.annotation()}{self.pick('', ' = c()')}"
        if kind == 13:
            return self.pick("del ()", "del [(), []]", "del (\n)", "del o.q", "del x, y", "del (x, [y])", "del o['k'], ()")
        if kind in (14, 15):
            return self.pick("pass", "pass", "...")
        if kind == 16:
            return self.constant()
        if kind == 17 and self.returns:
            return "return" + self.pick("", " " + e(1), " " + self.constant(), " (\n c())")
        if kind == 18:
            return self.pick("raise E", "raise E from None", "raise", "raise E(\n c())", "raise E(1)")
        if kind in (19, 20):
            if self.loops and self.jumps:
                return self.pick("break", "continue")
            return "t()"
        if kind == 21:
            return self.pick("global g", "global g, h", "global g", "global q", self.pick("global g", "nonlocal x", "nonlocal n", "global x", "global z"))
        if kind == 22:
            return self.pick("import os.path as p", "import os", "from os import (\n path,\n sep)", "from os import path as x", "import os, sys")
        if kind == 23:
            return f"assert {self.pick(self.condition(), self.constant(), 'c()')}{self.pick('', ', ' + e(1))}"
        if kind == 24:
            if self.since(12):
                return f"type X{self.type_parameters()} = " + self.pick("int", "list[x]", "lambda: 1", "(\n int)")
            return "t()"
        if kind == 25:
            return '"""a\nb"""' + self.pick("", "; t()", ".real", " ; pass")
        if kind == 26:
            return "; ".join(self.pick("t()", "x = 1", "pass", "x: int", self.constant(), "c()", "del ()") for _ in self.several(2, 3)) + self.pick("", ";")
        if kind == 27:
            return self.pick("x, *y", "[x, y]", "(x,\n y)") + self.pick(" = f()", " = 1, 2, 3", " = (c(), 1)")
        if kind == 28:
            return "x = y = " + e(1)
        if kind == 29:
            return self.pick("c(\n 1,\n 2,\n)", "x = [\n 1,\n c(),\n]", "o[\n 'k'] = 1", "x = {\n 1: c(),\n **o}", "x = \\\n c()")
        if kind == 30:
            return self.pick("yield", "x = yield", "yield c()", "await a()", "x = await a()", "yield from f()") if self.likely(0.5) else "t()"
        return e() if self.likely(0.5) else "t()"

    def type_parameters(self) -> str:
        if not self.likely(0.5):
            return ""
        bound = self.pick("", ": int", ": (int, str)", ": (lambda: 1)", ": c()")
        default = " = int" if self.since(13) and self.likely(0.3) else ""
        return "[" + self.pick(f"T{bound}{default}", "*Ts", "**P", f"T{bound}, U{default}", f"T{bound}, *Ts") + "]"

    def block(self, scope: str = "suite") -> list[str]:
        self.depth += 1
        lines: list[str] = []
        for _ in self.several(1, 1 if self.left <= 0 else 3 if self.depth > 1 else 4):
            lines += self.statement()
        if scope == "function" and self.likely(0.15):
            lines = [self.pick('"doc"', "'''doc\nmore'''", '"doc"; t()')] + lines
        self.depth -= 1
        return lines

    def suite(self, header: str, lines: list[str], margin: str = "") -> list[str]:
        """A header with its suite, sometimes on one line."""
        one_line = len(lines) == 1 and "\n" not in lines[0] and not lines[0].startswith(COMPOUND) and "#" not in lines[0]
        if one_line and self.likely(self.one_line):
            return [header + " " + lines[0] + self.comment(0.1)]
        return [header + self.comment(0.1), *("    " + line if not line.startswith("\1") else line for line in indented(lines))]

    def comment(self, share: float) -> str:
        if not self.likely(share):
            return ""
        return "  " + (self.chance.choice(PRAGMAS) if self.pragmas else self.pick("# note", "# x"))

    def statement(self) -> list[str]:
        self.left -= 1
        if self.depth > 5 or self.left <= 0 or self.likely(0.4):
            text = self.simple()
            return [text if text.startswith('"""') else text + self.comment(0.06 if "\n" not in text else 0.02)]
        kind = self.chance.randrange(17)
        if kind in (0, 1, 2):
            return self.if_statement()
        if kind == 3:
            return self.while_statement()
        if kind == 4:
            return self.for_statement()
        if kind in (5, 6, 7):
            return self.try_statement()
        if kind in (8, 9):
            return self.with_statement()
        if kind in (10, 11, 12) and self.since(10):
            return self.match_statement()
        if kind == 13:
            return self.definition()
        if kind == 14:
            return self.class_statement()
        if kind == 15:
            return [self.pick("", "# comment", "  # deep")] + self.statement()
        return self.if_statement()

    def if_statement(self) -> list[str]:
        lines = self.suite(f"if {self.condition()}:", self.block())
        for _ in self.several(0, 2):
            if self.likely(0.5):
                lines += self.suite(f"elif {self.condition()}:", self.block())
        if self.likely(0.4):
            lines += self.suite("else:", self.block())
        return lines

    def looped(self) -> list[str]:
        self.loops.append(True)
        jumps, self.jumps = self.jumps, True
        lines = self.block()
        self.jumps = jumps
        self.loops.pop()
        return ["t()", *lines] if self.runnable else lines

    def while_statement(self) -> list[str]:
        lines = self.suite(f"while {self.condition()}:", self.looped())
        return lines + (self.suite("else:", self.block()) if self.likely(0.3) else [])

    def for_statement(self) -> list[str]:
        word, items = ("async for", "ai()") if (self.is_async and self.likely(0.4)) or self.likely(0.005) else ("for", self.iterable())
        lines = self.suite(f"{word} {self.target()} in {items}:", self.looped())
        return lines + (self.suite("else:", self.block()) if self.likely(0.3) else [])

    def try_statement(self) -> list[str]:
        lines = self.suite("try:", self.block())
        star = "*" if self.minor >= 11 and self.likely(0.2) else ""
        handlers = self.chance.choice([0, 1, 1, 1, 2])
        for _ in range(handlers):
            kind = self.pick("E", "KeyError", "(E, KeyError)", "(\n E,\n KeyError)", "c()" if not self.runnable else "E")
            if self.since(14) and self.likely(0.1):
                kind = "E, KeyError"
            name = self.pick("", "", " as e") if kind != "E, KeyError" else ""
            kept = self.loops, self.returns
            if star and self.likely(0.98):
                self.loops, self.returns = [], False
            lines += self.suite(f"except{star} {kind}{name}:", self.block())
            self.loops, self.returns = kept
        if handlers and not star and self.likely(0.15):
            lines += self.suite("except:", self.block() + (["raise"] if self.runnable else []))
            handlers += 1
        if handlers and self.likely(0.35):
            lines += self.suite("else:", self.block())
        if not handlers or self.likely(0.35):
            kept = self.jumps, self.returns
            if self.runnable:
                # These would swallow the exception that ends the program.
                self.jumps = self.returns = False
            lines += self.suite("finally:", self.block())
            self.jumps, self.returns = kept
        return lines

    def with_statement(self) -> list[str]:
        is_async = (self.is_async and self.likely(0.5)) or self.likely(0.005)
        manager = "am()" if is_async else self.pick("m()", "m(1)", "m(c())")
        word = "async with" if is_async else "with"
        items = self.pick(manager, manager, f"{manager} as x", f"{manager}, {manager}", f"{manager} as x, {manager} as (y, z)", f"(\n {manager} as x,\n {manager})",
                          f"({manager})", f"({manager},\n {manager} as o.x)", f"{manager} as o['k'], {manager}, {manager}")
        lines = self.suite(f"{word} {items}:", self.block())
        return lines

    def match_statement(self) -> list[str]:
        lines = ["match " + self.pick("c()", "c()", "x", "f()", "c(), 1", "(\n c())", self.expression(1)) + ":"]
        for _ in self.several(1, 3):
            guard = f" if {self.condition()}" if self.likely(0.35) else ""
            pattern = self.pattern()
            if not guard and self.likely(0.95) and pattern.rstrip(")").endswith(("_", "x", "y", "w")):
                pattern = "1"
            case = self.suite(f"case {pattern}{guard}:", self.block())
            lines += ["    " + line if not line.startswith("\1") else line for line in indented(case)]
        if self.likely(0.3):
            case = self.suite(f"case {self.pick('_', 'w', '_', '1 | _', '(2 | _) as w')}:", self.block())
            lines += ["    " + line if not line.startswith("\1") else line for line in indented(case)]
        return lines

    def decorators(self) -> list[str]:
        return [self.pick("@d", "@dd(1)", "@dd(\n c(),\n 1)", "@d  # note", "@(\n d\n)", "@\\\n d", "@(lambda f: f)") + self.comment(0.1) for _ in self.several(0, 2) if self.likely(0.5)]

    def parameters(self) -> str:
        note = self.pick("", "", ": " + self.annotation())
        return self.pick("", "x=1", f"x{note}=c()", f"*x{note}", "x=1, *, y=2", f"x{note}=1, /, z=(1, 2), **k", f"x=1,  # p\n  y{note}=2", f"*, x{note}=c(), y=1", "x=1, y=c()")

    def definition(self) -> list[str]:
        kept = self.loops, self.jumps, self.returns
        was_async, self.is_async = self.is_async, self.likely(0.25)
        self.loops, self.jumps, self.returns = [], True, True
        word = "async def" if self.is_async else "def"
        parameters = self.type_parameters() if self.since(12) else ""
        returns = self.pick("", "", "", f" -> {self.annotation()}", " -> (\n  int)")
        name = self.pick("n1", "n2", "x", "__annotate__" if self.likely(0.05) else "n3")
        lines = self.decorators() + self.suite(f"{word} {name}{parameters}({self.parameters()}){returns}:", self.block("function"))
        is_async, self.is_async = self.is_async, was_async
        self.loops, self.jumps, self.returns = kept
        if self.runnable and not is_async and self.likely(0.5):
            lines.append(f"{name}()")
        return lines

    def class_statement(self) -> list[str]:
        kept = self.is_async, self.loops, self.jumps, self.returns
        self.is_async, self.loops, self.jumps, self.returns = False, [], True, False
        parameters = self.type_parameters() if self.since(12) else ""
        bases = self.pick("", "()", "(O)", "(\n O)", "(metaclass=type)", "(O, k=1)" if not self.runnable else "")
        body = self.block("function")
        lines = self.decorators() + self.suite(f"class {self.pick('C', 'D', 'x')}{parameters}{bases}:", body)
        self.is_async, self.loops, self.jumps, self.returns = kept
        return lines

    def function(self, number: int, runnable: bool) -> str:
        """The text of a function named after its number; sometimes the statements of a module before it."""
        if not runnable and self.likely(0.05):
            self.is_async = self.likely(0.5)
            return f"{'async ' if self.is_async else ''}def f{number}():\n    {self.pick('return ', 'x = ', '', 'x: ')}{self.template()}\n"
        self.runnable, self.depth, self.loops, self.jumps, self.returns = runnable, 0, [], True, True
        self.left = self.chance.choice([4, 8, 8, 12, 12, 16, 24])
        self.pragmas = self.likely(0.3)
        self.is_async = self.likely(0.25)
        word = "async def" if self.is_async else "def"
        body = self.block("function")
        for _ in self.several(0, 2):
            body += self.statement()
        lines = self.decorators() + self.suite(f"{word} f{number}({self.pick('', 'x=1', 'x=1, y=2', 'x=c(), *y')}):", body)
        if self.likely(0.15):
            # Of a module: names that functions share stay out of it.
            self.is_async, self.returns, self.left = False, False, 5
            statements = self.if_statement() + self.statement()
            lines = (self.suite("if c():", statements) if self.likely(0.7) else statements) + lines
        return "\n".join(indented(lines)).replace("\1", "") + "\n"


COMPOUND = ("if ", "while ", "for ", "try:", "with ", "match ", "def ", "class ", "async ", "@", "#", "  #", "elif ", "else:", "except", "finally:", "case ")


def indented(lines: list[str]) -> list[str]:
    """Lines, one each; the further ones of a statement are marked, since indentation does not count there, and would change strings."""
    found = []
    for line in lines:
        first, *rest = line.split("\n")
        found.append(first)
        found += ["\1" + further.lstrip("\1") for further in rest]
    return found
