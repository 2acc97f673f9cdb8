"""Work that goes on until a test lets it through."""

import threading
import time

SOON = 30.0
"""Seconds to wait for what should come at once, on a busy machine."""


class Gate:
    """Work that runs until it is let through, checking for a cancel in between."""

    def __init__(self):
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self, progress):
        self.entered.set()
        while not self.open.wait(0.005):
            progress.check()
        return "through"


def until(condition):
    """Wait until a condition holds."""
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)
