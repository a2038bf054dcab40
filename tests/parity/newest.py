#!/usr/bin/env python3
"""Compares covmerge with the newest coverage.py that the package registry has, and prints what differs.

    newest.py --covmerge target/release/covmerge [--files N] [--venv DIRECTORY]

Any Python that covmerge knows and that has `venv` will do: the newest coverage.py is installed into a directory of its own. Both tools report
on the fragments recorded in `testdata/parity/` for this Python, and on a sample of the standard library as in `compare.py`.

Prints the two versions and the differences; exits 1 if anything differs.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A recorded case has them in its settings.
PLUGINS = ["covdefaults==2.3.0", "coverage-conditional-plugin==0.9.0"]
FOLLOWED = re.search(r'COVERAGEPY: &str = "(.+)"', (ROOT / "src/model/mod.rs").read_text())[1]


def install(venv: Path) -> Path:
    """An interpreter that has the newest coverage.py."""
    python = venv / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "coverage", *PLUGINS], check=True)
    return python


def recorded(covmerge: Path) -> int:
    """How many outputs differ on the recorded cases. Runs where the newest coverage.py can be imported."""
    from compare import SHOWN, compare

    differing = 0
    cases = sorted((ROOT / "testdata/parity" / "{}.{}".format(*sys.version_info)).iterdir())
    for case in cases:
        with tempfile.TemporaryDirectory() as scratch:
            here = Path(scratch).resolve()
            shutil.copytree(ROOT / "testdata/parity/program", here, dirs_exist_ok=True)
            shutil.copytree(case, here, dirs_exist_ok=True)
            # With `skip_empty`, coverage.py's pages leave empty functions out too.
            skipped = {"html"} if "skip_empty" in (here / ".coveragerc").read_text() else set()
            for form, found in compare(covmerge, here, "--fail-under", "0").items():
                if form in skipped:
                    continue
                differing += bool(found)
                print(f"{'DIFFER' if found else 'same  '} {form:8} of the recorded case {case.name}")
                for line in found[:SHOWN]:
                    print(f"       {line}")
    return differing


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--covmerge", type=Path, required=True, help="the binary under test")
    parser.add_argument("--files", type=int, default=60, help="how many sources (default: %(default)s)")
    parser.add_argument("--venv", type=Path, default=ROOT / "target/newest-venv", help="where to install (default: %(default)s)")
    parser.add_argument("--installed", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    covmerge = options.covmerge.resolve()
    if options.installed:
        return 1 if recorded(covmerge) else 0

    python = str(install(options.venv))
    newest = subprocess.run([python, "-c", "import coverage; print(coverage.__version__)"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    print(f"the newest coverage.py is {newest}, covmerge follows {FOLLOWED}", flush=True)
    commands = ([__file__, "--installed"], [str(Path(__file__).with_name("compare.py")), "--files", str(options.files)])
    return max(subprocess.run([python, *command, "--covmerge", str(covmerge)]).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main())
