import subprocess
import sys

import pytest

from sparsefool.runtime import _glibc

LARGE = """
import numpy, resource, sys
from sparsefool.runtime import prepare_runtime
if sys.argv[1] == "prepared":
    prepare_runtime()
for _ in range(20):
    numpy.ones(2**23)  # 64 MiB
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


@pytest.mark.skipif(_glibc() is None, reason="the allocator is not glibc's")
def test_large_arrays_are_not_paid_for_anew_each_time():
    faults = [
        int(subprocess.run([sys.executable, "-c", LARGE, way], check=True, capture_output=True).stdout)
        for way in ("prepared", "as it comes")
    ]
    assert faults[0] < faults[1] / 2, faults
