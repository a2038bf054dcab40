#!/usr/bin/env python3
"""Runs the suites of real projects under coverage.py as these projects run them, and looks for false alarms of covmerge.

    projects.py --covmerge target/debug/covmerge [--scratch DIRECTORY] [PROJECT ...]

For each project: its source distribution is unpacked, installed in an environment of its own, and its suite (or the named part of it) is run under
coverage.py with the project's own settings. Then `covmerge` reads what is there, and `coverage combine` and `coverage json` read the same.

- Every number of the two JSON reports must be equal, and so must the exit status (2 where the project's `fail_under` is missed).
- covmerge must say nothing else: no unfinished fragment, no stale source, no second run. Every warning and error is printed.

Some findings are right: pebble and fasteners end processes while they save, and flask and jinja2 run templates, which covmerge names as left out.
The interpreter that runs this is the one that the suites run under. Prints a row of a table for each project; exits 1 if any has a finding.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARALLEL = "[run]\nparallel = true\nbranch = true\nsource = {}\n"
PROCESSES = PARALLEL + "patch = subprocess\nconcurrency = multiprocessing, thread\n"


@dataclasses.dataclass
class Project:
    """A project, how its suite is run, and settings for coverage.py where it brings none or where these leave processes out."""

    name: str
    version: str
    run: str
    requires: str = "pytest"
    settings: str = ""
    environment: str = ".venv"
    editable: bool = True
    reports: tuple[str, ...] = ()
    variables: dict[str, str] = dataclasses.field(default_factory=dict)


PROJECTS = [
    # Several processes: pytest-xdist, subprocesses, multiprocessing.
    Project("attrs", "26.1.0", "coverage run -m pytest -q -n 2", "pytest pytest-xdist hypothesis cloudpickle", environment=".tox/py313", editable=False),
    Project("cattrs", "26.2.1", "coverage run -m pytest -q -n 2 tests/strategies tests/preconf tests/test_converter.py", "pytest pytest-xdist pytest-benchmark hypothesis immutables msgspec orjson ujson pyyaml tomlkit cbor2 msgpack pymongo"),
    Project("typer", "0.29.2", "pytest -q --cov -n 2", "pytest pytest-cov pytest-xdist", variables={"CONTEXT": "unit", "TERMINAL_WIDTH": "3000"}),
    Project("black", "26.10.1", "pytest -q tests/test_ranges.py tests/test_trans.py tests/test_tokenize.py tests/test_concurrency_manager_shutdown.py -n 2 --cov --cov-append", "pytest<9 pytest-cov pytest-xdist aiohttp"),
    Project("joblib", "1.6.0", "pytest -q joblib/test/test_parallel.py --cov=joblib", "pytest pytest-cov threadpoolctl"),
    Project("pebble", "5.2.3", "coverage run -m pytest -q test/test_process_pool_fork.py test/test_concurrent_process_spawn.py", settings=PROCESSES.format("pebble")),
    Project("fasteners", "0.20", "coverage run -m pytest -q tests", "pytest diskcache eventlet more-itertools", settings=PROCESSES.format("fasteners")),
    Project("execnet", "2.1.2", "coverage run -m pytest -q testing", "pytest pytest-timeout", settings=PROCESSES.format("execnet")),
    Project("pytest-xdist", "3.8.0", "coverage run -m pytest -q testing/test_remote.py testing/test_workermanage.py testing/test_plugin.py", settings=PROCESSES.format("xdist")),
    Project("anyio", "4.16.0", "coverage run -p -m pytest -q tests/test_to_process.py tests/test_subprocesses.py tests/test_taskgroups.py", "pytest pytest-timeout trio hypothesis psutil exceptiongroup pytest-mock trustme truststore blockbuster"),
    Project("trio", "0.35.0", "coverage run -m pytest -q src/trio/_tests/test_subprocess.py src/trio/_tests/test_threads.py src/trio/_tests/test_sync.py", "pytest trustme pyOpenSSL astor jedi pylint mypy ruff async_generator"),
    Project("flask", "3.1.3", "pytest -q -n 2 --cov", "pytest<9 pytest-cov pytest-xdist"),
    Project("click", "8.5.1", "pytest -q -n 2 --cov", "pytest pytest-cov pytest-xdist", environment=".tox/py3.13", editable=False),
    Project("werkzeug", "3.1.9", "coverage run -p -m pytest -q --ignore=tests/test_serving.py", "pytest pytest-xprocess pytest-timeout ephemeral-port-reserve watchdog cryptography cffi"),
    # One or two processes, one after another.
    Project("pluggy", "1.7.0", "coverage run -m pytest -q", "pytest pytest-benchmark", environment=".tox/py313", editable=False),
    Project("packaging", "26.4", "coverage run -p -m pytest -q -m 'not property'", "pytest pretend hypothesis tomli_w", environment=".nox/tests-3-13", editable=False),
    Project("structlog", "26.1.0", "coverage run -m pytest -q; coverage run -m pytest -q tests/test_stdlib.py", "pytest pytest-asyncio pretend freezegun time-machine rich twisted simplejson greenlet"),
    # Some of its tests compile templates under names without a suffix, which are not Python.
    Project("jinja2", "3.1.6", "coverage run -p -m pytest -q", "pytest trio", reports=("--ignore-errors",)),
    Project("itsdangerous", "2.2.0", "coverage run -p -m pytest -q", "pytest freezegun"),
    Project("markupsafe", "3.0.4", "coverage run -p -m pytest -q"),
    Project("more-itertools", "11.2.1", "coverage run -m pytest -q tests/test_recipes.py; coverage run -m pytest -q tests/test_more.py", settings=PARALLEL.format("more_itertools, tests")),
    Project("marshmallow", "4.4.0", "coverage run -m pytest -q", "pytest simplejson", settings=PARALLEL.format("marshmallow")),
    Project("tenacity", "9.2.1", "coverage run -m pytest -q", "pytest tornado typeguard trio", settings=PARALLEL.format("tenacity")),
    Project("boltons", "26.2.0", "coverage run -m pytest -q", settings=PARALLEL.format("boltons")),
    Project("sqlparse", "0.6.1", "coverage run -m pytest -q"),
    Project("toolz", "1.2.0", "coverage run -p -m pytest -q"),
    Project("iniconfig", "2.3.1", "pytest -q -n 2 --cov=iniconfig", "pytest pytest-cov pytest-xdist"),
    Project("cachetools", "8.0.2", "pytest -q --cov=cachetools --cov-branch tests", "pytest pytest-cov"),
]


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-q", *arguments], check=True)


def lay(project: Project, scratch: Path) -> Path:
    """Unpacks the project, installs it, and returns its directory."""
    at = scratch / project.name
    with tempfile.TemporaryDirectory() as downloads:
        pip("download", "--no-deps", "--no-binary", ":all:", "-d", downloads, f"{project.name}=={project.version}")
        with tarfile.open(next(Path(downloads).iterdir())) as archive:
            archive.extractall(scratch, filter="data")
            (scratch / archive.getnames()[0].split("/")[0]).rename(at)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", at / project.environment], check=True)
    itself = ["-e", str(at)] if project.editable else [str(at)]
    version = re.search(r'COVERAGEPY: &str = "([\d.]+)"', (ROOT / "src/model/mod.rs").read_text())[1]
    pip("--python", str(at / project.environment / "bin/python"), "install", f"coverage=={version}", *project.requires.split(), *itself)
    if project.settings:
        (at / ".coveragerc").write_text(project.settings)
    return at


def missed(covmerge: Path, project: Project, at: Path) -> tuple[list[str], list[str]]:
    """Runs the suite and both tools; what is worth a row, and the findings."""
    path = f"{at / project.environment / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONHASHSEED": "0", **project.variables}

    def run(*command: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(part) for part in command], cwd=at, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    since = time.monotonic()
    with (at / "suite.log").open("w") as log:
        subprocess.run(project.run, shell=True, cwd=at, env=environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    seconds = time.monotonic() - since
    tests = re.findall(r"^(?:=+ )?((?:\d+ (?:failed|passed|errors?)(?:, )?)+).* in [\d.]+s", (at / "suite.log").read_text(), re.MULTILINE)
    found = [file for file in at.rglob(".coverage*") if file.is_file() and file.read_bytes()[:6] in (b"SQLite", b"") and not file.name.endswith("-journal")]
    ours = [covmerge, "-o", "json=ours.json", "--python-version", f"3.{sys.version_info.minor}", *project.reports]
    merged = run(*ours)
    if merged.returncode == 3:
        # What is there must still be what coverage.py makes of it. Its reports delete the data files.
        run(*ours, "--unfinished-fragments", "merge")
    combined = run("coverage", "combine", "--keep") if any(file.name.startswith(".coverage.") for file in found) else None
    reported = run("coverage", "json", "-o", "theirs.json", *project.reports)
    findings = []
    said = [line for line in merged.stdout.splitlines() if line.startswith(("warning", "error", "incomplete", "  because", "  help"))]
    findings += said
    if merged.returncode != reported.returncode:
        findings.append(f"exit status {merged.returncode}, coverage.py's is {reported.returncode}: {reported.stdout}")
    if combined and (odd := [line for line in combined.stdout.splitlines() if not line.startswith(("Combined", "Skipping", "Merged"))]):
        findings.append(f"coverage combine: {odd}")
    total = "none"
    if (at / "ours.json").exists() and (at / "theirs.json").exists():
        ours, theirs = (json.loads((at / name).read_text()) for name in ("ours.json", "theirs.json"))
        total = f"{ours['totals']['percent_covered']:.2f}%"
        for part in ("files", "totals"):
            for key in sorted({*ours[part], *theirs[part]}):
                if ours[part].get(key) != theirs[part].get(key):
                    findings.append(f"{part} {key}: {str(ours[part].get(key))[:300]} is not {str(theirs[part].get(key))[:300]}")
    return ["; ".join(text.removesuffix(", ") for text in tests), f"{seconds:.0f} s", str(len(found)), total], findings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--covmerge", type=Path, required=True)
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("projects", nargs="*")
    options = parser.parse_args()
    scratch = options.scratch or Path(tempfile.mkdtemp())
    failures = 0
    known = {project.name: project for project in PROJECTS}
    for project in [known[name] for name in options.projects] or PROJECTS:
        try:
            at = lay(project, scratch)
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"{project.name}: not installed: {error}", flush=True)
            failures += 1
            continue
        row, findings = missed(options.covmerge.resolve(), project, at)
        failures += bool(findings)
        print(f"| {project.name} {project.version} | `{project.run}` | {' | '.join(row)} |", *findings, sep="\n    ", flush=True)
    print(f"{failures} projects with findings")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
