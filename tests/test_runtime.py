import subprocess
import sys

import pytest

from sparsefool.runtime import _glibc

LARGE = """
import ctypes, numpy, resource, sys
from sparsefool.runtime import prepare_runtime
PR_SET_THP_DISABLE = 41  # where the kernel has huge pages to spare, 64 MiB are 32 faults either way
ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)
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
