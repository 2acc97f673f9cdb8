"""What holds for every test, and for the programs that tests start."""

import os
import tempfile


def pytest_configure(config):
    """Give each process of tests one thread, and a folder of its own for what the project writes.

    Two threads cost small tensors more in waiting for each other than they compute, and another process of
    tests has the other core. Results of a person, or of another process, are out of sight.
    """
    home = tempfile.TemporaryDirectory(prefix="sparsefool-tests-")
    config.add_cleanup(home.cleanup)
    os.environ["SPARSEFOOL_HOME"] = home.name
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["PYTHONPATH"] = str(config.rootpath)
