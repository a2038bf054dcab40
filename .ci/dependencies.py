#!/usr/bin/env python3
"""Checks the dependencies of Cargo.lock: licences, origins, duplicates, and known vulnerabilities where a database of them is given.

    dependencies.py [--advisories DIRECTORY]     DIRECTORY is a clone of https://github.com/RustSec/advisory-db

cargo-deny does all this too, but it takes longer to build than covmerge, and fetches its advisories from a repository that a build machine may not
reach. Yanked versions are found by `.ci/package`, since cargo looks for them when it packages.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

# Licences under which a program of MIT or Apache-2.0 may be passed on, if their texts go along.
LICENCES = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "ISC", "MIT", "Unicode-3.0",
    "Unicode-DFS-2016", "Unlicense", "Zlib",
}
ORIGIN = "registry+https://github.com/rust-lang/crates.io-index"

# Crates in more than one version, and on whose account.
DUPLICATES = {
    "getrandom": "the generator of unicode_names2, at build time, has rand 0.8",
    "rand": "the same",
    "rand_core": "the same",
    "syn": "the derive macros change from 2 to 3 one after the other",
}

NUMBERS = re.compile(r"\d+")


def is_licensed(expression: str) -> bool:
    """Whether an SPDX expression (or the old form with `/`) can be met by the licences that are allowed."""
    words = re.findall(r"[()/]|[^\s()/]+(?: WITH [^\s()/]+)?", expression)
    operators = {"(": "(", ")": ")", "/": "or", "OR": "or", "AND": "and"}
    return eval(" ".join(operators.get(word) or str(word in LICENCES) for word in words))  # nothing but True, False, and, or, ()


def meets(version: str, requirement: str) -> bool:
    """Whether a version meets `>= 1.2, < 2`, as the advisories write it; `^` and `=` stand for themselves."""
    def key(text: str) -> tuple[int, ...]:
        numbers = [int(number) for number in NUMBERS.findall(re.split(r"[-+]", text)[0])]
        return tuple(numbers + [0] * (3 - len(numbers)))

    for part in requirement.split(","):
        operator, bound = re.fullmatch(r"\s*([<>=^~]*)\s*(\S+)\s*", part).groups()
        have, want = key(version), key(bound)
        if operator == "^":
            fixed = next((place for place, number in enumerate(want) if number), 2) + 1
            met = have >= want and have[:fixed] == want[:fixed]
        else:
            met = {"<": have < want, "<=": have <= want, ">": have > want, ">=": have >= want, "=": have == want, "": have == want}[operator]
        if not met:
            return False
    return True


def advisories(directory: Path, versions: dict[str, set[str]]) -> list[str]:
    """The advisories that hold for one of these crates."""
    found = []
    for name in sorted(versions):
        for path in sorted((directory / "crates" / name).glob("RUSTSEC-*.md")):
            advisory = tomllib.loads(re.search(r"```toml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)[1])
            sound = [*advisory["versions"].get("patched", []), *advisory["versions"].get("unaffected", [])]
            if "withdrawn" in advisory["advisory"]:
                continue
            for version in versions[name]:
                if not any(meets(version, requirement) for requirement in sound):
                    found.append(f"{name} {version}: {advisory['advisory']['id']} ({advisory['advisory'].get('informational', 'vulnerable')})")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--advisories", type=Path, help="a clone of RustSec's database")
    options = parser.parse_args()
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    packages = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"]
    ours, packages = ([package for package in packages if (package["source"] is None) == own] for own in (True, False))

    wrong = [f"{package['name']}: its source is not the registry but this repository" for package in ours if package["name"] != "covmerge"]
    versions = defaultdict(set)
    for package in packages:
        name = package["name"]
        versions[name].add(package["version"])
        if package["source"] != ORIGIN:
            wrong.append(f"{name}: comes from {package['source']}")
        if not is_licensed(package["license"] or "none"):
            wrong.append(f"{name}: licence {package['license']!r} is not among those allowed")
    several = {name for name, found in versions.items() if len(found) > 1}
    wrong += [f"{name}: {len(versions[name])} versions; take one, or give the reason in DUPLICATES" for name in sorted(several - DUPLICATES.keys())]
    wrong += [f"{name}: only one version is left, so DUPLICATES need not name it" for name in sorted(DUPLICATES.keys() - several)]
    if options.advisories:
        if not (options.advisories / "crates").is_dir():
            sys.exit(f"{options.advisories}: not a clone of RustSec's database: it has no directory `crates`")
        wrong += advisories(options.advisories, versions)
    for line in wrong:
        print(line)
    print(f"{len(packages)} dependencies, {len(wrong)} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
