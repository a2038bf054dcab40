"""A plugin that measures templates: each line of one is a statement, and line 2 may lead to line 1 or 3."""

from coverage import CoveragePlugin, FileReporter, FileTracer


class Plugin(CoveragePlugin):
    def file_tracer(self, filename):
        return Tracer(filename) if filename.endswith(".tmpl") else None

    def file_reporter(self, filename):
        return Reporter(filename)


class Tracer(FileTracer):
    def __init__(self, filename):
        self.filename = filename

    def source_filename(self):
        return self.filename


class Reporter(FileReporter):
    def lines(self):
        return {1, 2, 3}

    def arcs(self):
        return {(-1, 1), (1, 2), (2, 1), (2, 3), (3, -1)}


def coverage_init(registry, options):
    registry.add_file_tracer(Plugin())
