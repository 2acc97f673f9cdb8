"""Schedulers, workers and commands as processes of their own."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack

PATIENCE = 200
"""Seconds until something must have happened, on a slow and busy machine."""


class Processes(ExitStack):
    """Programs; those that still run when the ``with`` block ends are killed."""

    def start(self, *command, **options):
        process = subprocess.Popen([sys.executable, "-m", *command], text=True, **options)
        self.callback(process.wait)
        self.callback(process.kill)
        return process

    def start_scheduler(self, file):
        """Return a scheduler and its address."""
        file.unlink(missing_ok=True)
        options = ("--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0", "--no-show")
        scheduler = self._quiet("dask", "scheduler", *options, "--scheduler-file", str(file))
        wait_until(lambda: file.is_file() and file.read_text().endswith("}"), scheduler)
        return scheduler, json.loads(file.read_text())["address"]

    def start_worker(self, address, name):
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--name", name)
        return self._quiet("dask", "worker", address, *options)

    def start_experiment(self, results, cluster, *command):
        program = ("sparsefool", "experiment", *command, "--results", str(results), "--cluster", cluster)
        return self.start(*program, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def _quiet(self, *command):
        return self.start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until(condition, *alive):
    """Return what a condition returns once it is true, while some processes live."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert all(process.poll() is None for process in alive)
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found
