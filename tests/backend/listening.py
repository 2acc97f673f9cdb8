"""One who follows the progress of a run, and may have had enough of it."""

from sparsefool.errors import Cancelled


class Listening:
    def __init__(self, checks=None):
        self.reports, self._left = [], checks

    def report(self, done, total, text, payload=None):
        self.reports.append((done, total, text, payload))

    def check(self):
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Cancelled("enough")
