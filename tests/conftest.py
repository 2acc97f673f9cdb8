"""What holds for every test: one thread, and a folder of its own for all that the program writes."""

import os
import tempfile

import torch

torch.set_num_threads(1)  # two threads cost small tensors more in waiting for each other than they compute


def pytest_configure(config):
    """Let the tests of one process see no results but their own, and nobody else theirs."""
    home = tempfile.TemporaryDirectory(prefix="sparsefool-tests-")
    os.environ["SPARSEFOOL_HOME"] = home.name
    os.environ["PYTHONPATH"] = str(config.rootpath)  # for the programs that tests start, in whatever folder
    config.add_cleanup(home.cleanup)
