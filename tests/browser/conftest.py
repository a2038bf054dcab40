"""Opens reports in Chromium, from disk and from a plain server, and checks what a person can do and what the pages say.

    pytest tests/browser --covmerge target/release/covmerge [-k WORD] [--keep DIR]

Reports are made of testdata/example and of made projects (see projects.py), whose numbers are held against coverage.py's. A message of the
browser at level error (a breach of the policy is one), an uncaught exception, a request that leaves the report or a finding of axe (WCAG and
best practices; light, dark and forced colours) fails the check in which it happens. Nothing here depends on how fast the machine is.

Needs what requirements.txt pins, the coverage.py that is followed, and `chromium`.
"""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import projects
from report import Site


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--covmerge", type=Path, required=True, help="the binary under test")
    parser.addoption("--chromium", default=shutil.which("chromium") or "/usr/bin/chromium", help="the browser (default: %(default)s)")
    parser.addoption("--keep", type=Path, help="make the projects here, and leave them")


class Handler(http.server.SimpleHTTPRequestHandler):
    """A plain server of a directory, as `python -m http.server` is one."""

    def log_message(self, *_: object) -> None:
        pass


def serve(root: Path) -> str:
    """Where the files of `root` are served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(root)))
    # A browser that goes on to another page closes its connections.
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/"


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config):
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=pytestconfig.getoption("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def project(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory):
    """Makes the project of a name, once."""
    here = (pytestconfig.getoption("keep") or tmp_path_factory.mktemp("projects")).resolve()
    here.mkdir(parents=True, exist_ok=True)
    covmerge = pytestconfig.getoption("covmerge").resolve()
    makers = {make.__name__: make for make in projects.MAKERS}
    return functools.cache(lambda name: makers[name](covmerge, here))


@pytest.fixture(scope="session")
def root(project):
    """Where a project is, from disk or from a server, with a slash at the end."""
    return functools.cache(lambda name, place: serve(project(name).place) if place == "server" else project(name).place.as_uri() + "/")


@pytest.fixture
def site(request: pytest.FixtureRequest, browser, project, root) -> Site:
    """The report of a project at a place: see `check`."""
    name, place = request.param
    return Site(browser, project(name), root(name, place))
