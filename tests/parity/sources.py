#!/usr/bin/env python3
"""Holds covmerge against coverage.py on real sources, file by file: every statement, every excluded line, every branch, every refusal.

    sources.py --covmerge target/release/covmerge [--seed N] [--files N] DIRECTORY ...

Takes a sample of the directories' `*.py` files, also those that this Python refuses, whose rules are compared. coverage.py must be beside it.
`compare.py` takes fewer files, and compares whole reports.

Prints each file that differs, then `N files, N refused, N statements, N branches, N differ`; exits 1 if anything differs.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import coverage
import generated

TOGETHER = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--covmerge", type=Path, required=True, help="the binary under test")
    parser.add_argument("--seed", type=int, default=1, help="which sample (default: %(default)s)")
    parser.add_argument("--files", type=int, default=10**9, help="how many (default: all)")
    parser.add_argument("sources", type=Path, nargs="+", metavar="DIRECTORY", help="directories of Python files")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    paths = sorted(path for root in options.sources for path in root.rglob("*.py") if path.is_file())
    random.Random(options.seed).shuffle(paths)
    paths = paths[: options.files]
    counts = dict.fromkeys(("refused", "statements", "branches", "differ"), 0)
    for start in range(0, len(paths), TOGETHER):
        with tempfile.TemporaryDirectory() as scratch:
            here = Path(scratch).resolve()
            copies = {here / f"{number}.py": path for number, path in enumerate(paths[start : start + TOGETHER])}
            for copy, path in copies.items():
                shutil.copyfile(path, copy)
            data = coverage.CoverageData(basename=str(here / ".coverage"))
            data.add_arcs({str(copy): [(-9999, 9999)] for copy in copies})
            data.write()
            found = generated.differences(options.covmerge.resolve(), here, ".coverage", list(copies), counts)
        for line in found:
            print(re.sub(r"^[^:]+", lambda copy: str(copies[Path(copy[0])]), line), flush=True)
        counts["differ"] += len(found)
    print(f"Python {generated.VERSION}: {len(paths)} files, {', '.join(f'{count} {name}' for name, count in counts.items())}")
    return 1 if counts["differ"] else 0


if __name__ == "__main__":
    sys.exit(main())
