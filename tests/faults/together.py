"""Two to eight runs at once with the same outputs: afterwards there is one whole report, of one of them.

    python tests/faults/together.py --covmerge target/release/covmerge [--rounds 200] [--seed N]
"""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from trials import ENVIRONMENT, Trials, arguments

MOST = 8  # runs at once


class Together(Trials):
    """Runs over different fragments of one project."""

    def __init__(self, covmerge: Path, home: Path) -> None:
        super().__init__(covmerge, home)
        fragments = sorted(fragment.name for fragment in self.template.glob(".coverage.*"))
        self.selections: list[list[str]] = []
        self.reports: list[dict[str, str]] = []
        for selection in (list(some) for number in range(1, len(fragments) + 1) for some in itertools.combinations(fragments, number)):
            cwd = self.fresh()
            self.run(cwd, selection)
            report = self.state(cwd)
            if report not in self.reports and len(self.reports) < MOST:
                self.selections.append(selection)
                self.reports.append(report)

    def round(self, number: int, nth: int) -> None:
        cwd = self.fresh()
        runs = [
            subprocess.Popen([*self.command, *selection], cwd=cwd, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for selection in self.selections[:number]
        ]
        statuses = [run.wait() for run in runs]
        tally = self.tallies[f"{number} runs at once"]
        tally.tried += 1
        state = self.state(cwd)
        whole = [at for at, report in enumerate(self.reports[:number]) if report == state]
        tally.outcomes["one whole report" if whole else "a mixture"] += 1
        if not whole:
            self.faults.append(f"round {nth} of {number} runs: a mixture")
        if any(statuses):
            self.faults.append(f"round {nth} of {number} runs: exit statuses {statuses}")
        if self.litter(cwd):
            self.faults.append(f"round {nth} of {number} runs leaves {self.litter(cwd)}")


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="(default: %(default)s)")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as home:
        trials = Together(options.covmerge.resolve(), Path(home))
        if len(trials.selections) < MOST:
            sys.exit("there are not enough reports that differ")
        for nth in range(options.rounds):
            trials.round(chance.randint(2, MOST), nth)
    return trials.report()


if __name__ == "__main__":
    sys.exit(main())
