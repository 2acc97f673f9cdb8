"""Killing workers, schedulers and clients of a cluster at random moments; the table must come out the same.

    python -m tests.load.cluster_kills --times 20 --seed 0

Each time a command measures MNIST on a cluster of two workers, and one process of the three kinds, drawn at
random, is killed (SIGKILL) at a moment drawn at random from the length of an undisturbed run. If the command
did not finish, it is given again; the table has to be that of a run without a cluster, apart from times and
devices. Prints a line of JSON for each: what was killed and when, how many blocks there were then, and how
the command ended.
"""

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

from sparsefool.experiments.records.run_context import RunContext
from sparsefool.experiments.records.store import RecordStore
from sparsefool.experiments.runner import read_experiment, run_tasks
from sparsefool.experiments.sweep import Sweep
from tests.backend.cluster.processes import PATIENCE, Processes
from tests.backend.cluster.same_rows import assert_same_rows

SWEEP = Sweep(("mnist/lenet",), (2.25, 2.75), (255.0,), images=400, batch=20)
COMMAND = ("sweep", "mnist", "--lambda", "2.25", "--lambda", "2.75", "--images", "400", "--device", "cpu")
WORKERS = 2


def table(folder: Path):
    return read_experiment(SWEEP, RecordStore(folder))


def kill_again_and_again(times: int, seed: int, folder: Path, processes: Processes) -> None:
    store = RecordStore(folder / "here")
    list(run_tasks(SWEEP, RunContext("cpu", store)))
    expected, draw = table(folder / "here").rows, random.Random(seed)
    cluster = {}
    length = 0.0
    for number in range(times + 1):
        if "scheduler" not in cluster or cluster["scheduler"].poll() is not None:
            for process in cluster.values():
                process.kill()
                process.wait()
            cluster["scheduler"], address = processes.start_scheduler(folder / "scheduler.json")
        for name in (f"worker-{each}" for each in range(WORKERS)):
            if name not in cluster or cluster[name].poll() is not None:
                cluster[name] = processes.start_worker(address, name)
        results = folder / f"results-{number}"
        started = time.monotonic()
        client = processes.start_experiment(results, address, *COMMAND)
        if number == 0:
            _, said = client.communicate(timeout=PATIENCE)
            length = time.monotonic() - started
            assert_same_rows(table(results).rows, expected)
            print(json.dumps({"undisturbed": round(length, 1)}), flush=True)
            continue
        kind, moment = draw.choice(["worker", "scheduler", "client"]), draw.uniform(0, length)
        victim = client if kind == "client" else cluster["scheduler" if kind == "scheduler" else "worker-0"]
        while time.monotonic() < started + moment:
            time.sleep(0.01)
        blocks = len(list(results.rglob("*.parquet")))
        victim.kill()
        _, said = client.communicate(timeout=PATIENCE)
        ended = client.returncode
        if ended != 0:
            again = "local" if kind == "scheduler" else address
            _, more = processes.start_experiment(results, again, *COMMAND).communicate(timeout=PATIENCE)
            said += more
        found = table(results)
        assert found is not None, said
        assert_same_rows(found.rows, expected)
        told = {"killed": kind, "after": round(moment, 1), "blocks there": blocks, "exit code": ended}
        print(json.dumps({"number": number, **told}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Processes() as processes:
        kill_again_and_again(given.times, given.seed, Path(folder), processes)


if __name__ == "__main__":
    main()
