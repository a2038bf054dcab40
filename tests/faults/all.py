"""Every fault that docs/reliability.md lists, one kind after another.

    python tests/faults/all.py --covmerge target/release/covmerge [--short]

The whole takes a day on two processors, most of it for fuzzing, which needs `cargo-fuzz` and a nightly toolchain; `--short` takes minutes, and is
part of `.ci/run`. strace and the right to mount are needed for some kinds, which otherwise say that they are skipped. Ends with 1 if any kind
found something.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
FUZZED = sorted(path.stem for path in (ROOT / "fuzz/fuzz_targets").glob("*.rs"))


def script(name: str, covmerge: Path, *arguments: str) -> list[str]:
    return [PYTHON, str(ROOT / f"tests/faults/{name}.py"), "--covmerge", str(covmerge), *arguments]


def kinds(covmerge: Path, is_short: bool) -> list[tuple[str, list[str], dict[str, str]]]:
    """Each kind of fault with its command and environment."""
    in_process = ["cargo", "test", "--locked", *([] if is_short else ["--release"]), "--test", "damage", "--", "--nocapture"]
    found = [
        ("damage, in process", in_process, {} if is_short else {"DAMAGES": "1000000"}),
        ("damage, given to the program", script("damaged", covmerge, *(["--each", "300"] if is_short else [])), {}),
        ("runs that are broken off", script("publication", covmerge, *(["--kills", "60", "--most", "4"] if is_short else [])), {}),
        ("disks that are full, read-only or gone", script("disks", covmerge, *(["--each", "6"] if is_short else [])), {}),
        ("several runs at once", script("together", covmerge, *(["--rounds", "15"] if is_short else [])), {}),
    ]
    if not is_short:
        found.append(("volumes", script("volumes", covmerge), {}))
        for target in FUZZED:
            corpus = ROOT / "fuzz/corpus" / target
            corpus.mkdir(parents=True, exist_ok=True)
            command = ["cargo", "+nightly", "fuzz", "run", target, str(corpus), "--", "-max_total_time=3600", "-rss_limit_mb=2048", "-timeout=25"]
            found.append((f"fuzzing, {target}", command, {}))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covmerge", type=Path, required=True)
    parser.add_argument("--short", action="store_true", help="few trials of each kind, and no volumes or fuzzing")
    options = parser.parse_args()
    failed = []
    for name, command, environment in kinds(options.covmerge.resolve(), options.short):
        print(f"-- {name}", flush=True)
        begun = time.monotonic()
        if subprocess.run(command, cwd=ROOT, env=os.environ | environment).returncode:
            failed.append(name)
        print(f"   {time.monotonic() - begun:.0f} s", flush=True)
    for name in failed:
        print(f"FAULTS FOUND: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
