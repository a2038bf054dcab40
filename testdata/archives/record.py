"""Records small archives as programs in use write them: `python record.py` in this directory.

Needs Info-ZIP's `zip`, 7-Zip's `7zz`, libarchive's `bsdtar`, Java, and node with the packages `archiver` (which GitHub's upload-artifact uses) and
`yazl`. Each zip archive holds a fragment that saw line 2 of `a.py` run, and one that saw line 3. `python record.py tar` records only the tar archives,
which need GNU tar and git: each holds a file with holes, and then a file called like a fragment, whose name is long where the format allows it.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ONE, TWO = "cov/2/slip.json", "cov/3/slip.json"
SHORT = "cov/.coverage.1"
LONG = f"cov/{'d' * 60}/{'e' * 60}/.coverage.1"


def fragment(line: int) -> str:
    lines = {"executed_lines": [line], "missing_lines": [n for n in (1, 2, 3) if n != line], "summary": {}}
    meta = {"software": "slipcover", "version": "1.1.0", "branch_coverage": False, "show_contexts": False}
    return json.dumps({"meta": meta, "files": {"a.py": lines}, "summary": {}})


class Pipe(io.RawIOBase):
    """A file in which nobody can go back."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("wb")

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        return self.file.write(data)


def run(command: str, name: str) -> None:
    subprocess.run(command.replace("OUT", str(HERE / name)), shell=True, check=True, stdout=subprocess.DEVNULL)


def python() -> None:
    path = HERE / "python-append.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(ONE)
        archive.comment = b"longer than the next one"
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(TWO)
        archive.comment = b"short"
    for name, large in ("python-stream.zip", False), ("python-stream-zip64.zip", True):
        with zipfile.ZipFile(Pipe(HERE / name), "w", zipfile.ZIP_DEFLATED) as archive:
            for member in ONE, TWO:
                with archive.open(member, "w", force_zip64=large) as file:
                    file.write(Path(member).read_bytes())
    (HERE / "python-program.zip").write_bytes(b"#!/bin/sh\nprintf 'PK\x03\x04'; exit\n")
    with zipfile.ZipFile(HERE / "python-program.zip", "a") as archive:
        archive.write(ONE)
        archive.write(TWO)


def infozip() -> None:
    run("zip -qr - cov | cat > OUT", "infozip-stream.zip")
    run("zip -qr -fz OUT cov", "infozip-zip64.zip")
    run(f"echo x > x; zip -qr OUT x {ONE}; zip -qd OUT x; zip -qu OUT x {TWO}; echo comment | zip -qz OUT", "infozip-update.zip")


def others() -> None:
    run(f"7zz a -bd OUT x {ONE}; 7zz d -bd OUT x; 7zz u -bd OUT {TWO}", "7zip-update.zip")
    run("bsdtar --format zip -cf - cov | cat > OUT", "bsdtar-stream.zip")
    Path("Z.java").write_text("""
        import java.nio.file.*; import java.util.zip.*;
        public class Z {
            public static void main(String[] names) throws Exception {
                ZipOutputStream out = new ZipOutputStream(System.out);
                for (String name : names) { out.putNextEntry(new ZipEntry(name)); Files.copy(Paths.get(name), out); out.closeEntry(); }
                out.close();
            }
        }""")
    run(f"java Z.java {ONE} {TWO} > OUT", "java.zip")
    for name, options in ("archiver", "{}"), ("archiver-zip64", "{forceZip64: true}"):
        script = f"const a = require('archiver')('zip', {options}); a.pipe(process.stdout); a.directory('cov', 'cov'); a.finalize()"
        run(f'node -e "{script}" > OUT', f"{name}.zip")
    script = f"const z = new (require('yazl').ZipFile)(); for (const n of ['{ONE}', '{TWO}']) z.addReadStream(require('fs').createReadStream(n), n); z.outputStream.pipe(process.stdout); z.end()"
    run(f'node -e "{script}" > OUT', "yazl.zip")


def tar() -> None:
    with open("holes", "wb") as holes:
        for at in range(30):
            holes.seek(at * 16384)
            holes.write(b"x")
    for name in SHORT, LONG:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("data")
    run(f"tar --format v7 -czf OUT holes {SHORT}", "tar-v7.tar.gz")
    for form in "ustar", "gnu", "posix":
        run(f"tar --format {form} -czf OUT holes {LONG}", f"tar-{form}.tar.gz")
    for form in "gnu", "posix":
        run(f"tar --format {form} --sparse -czf OUT holes {LONG}", f"tar-{form}-holes.tar.gz")
    for name, form in ("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT):
        with tarfile.open(HERE / f"python-{name}.tar.gz", "w:gz", format=form) as archive:
            archive.add("holes")
            archive.add(LONG)
    who = "-c user.name=x -c user.email=x"
    run(f"git init -q; git add -f holes {LONG}; git {who} commit -qm x; git archive --format tar.gz -o OUT HEAD", "git.tar.gz")


def main() -> None:
    if sys.argv[1:] == ["tar"]:
        with tempfile.TemporaryDirectory() as directory:
            os.chdir(directory)
            return tar()
    for old in HERE.glob("*.zip"):
        old.unlink()
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for member, line in (ONE, 2), (TWO, 3):
            Path(member).parent.mkdir(parents=True)
            Path(member).write_text(fragment(line))
        python()
        infozip()
        others()


if __name__ == "__main__":
    sys.exit(main())
