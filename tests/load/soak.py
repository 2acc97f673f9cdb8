"""People who come and go for hours: does a server keep its memory, its threads and its files?

    python -m tests.load.soak --minutes 120 --people 30

Starts a server, on which all the time so many people open a picture, upload a file, move δ, cancel, lose
their connection and return, and leave to make room for others; one of them runs an experiment after another.
Prints what the server holds every minute, and at its end one line of JSON: what it held after ten minutes and
at the end, and what went wrong.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from sparsefool.view.shared.streamlit_internals.sessions import ABSENCE
from tests.browser.running import ROOT, wait_until_healthy
from tests.load.people import DELTAS, PATIENCE, Person

SETTLED = 600.0
"""Seconds after which caches have filled up: the end is compared with this moment."""

LINKS = (
    *(f"data=CIFAR-10&picture={number}" for number in range(1, 21)),
    *(f"data=MNIST&picture={number}" for number in range(1, 21)),
)

IMAGES = 20
"""Images of the experiment in the background."""


class Soak:
    """A server under people who come and go.

    Args:
        address: of the server.
        seconds: how long they come.
        pause: seconds between what a person does, at most.
    """

    def __init__(self, address: str, seconds: float, pause: float) -> None:
        self.address = address
        self.pause = pause
        self.ends = time.monotonic() + seconds
        self.counts: Counter[str] = Counter()
        self.exceptions: set[str] = set()

    async def stay(self, number: int) -> None:
        """Visit the server again and again, as one person after the other."""
        rng = random.Random(number)
        await asyncio.sleep(rng.uniform(0, self.pause))
        while time.monotonic() < self.ends:
            person = Person(self.address, rng.choice(LINKS))
            await self._visit(person, rng)
            self.counts["visits"] += 1
            self.counts["refused"] += person.refused
            self.counts["with a picture of another"] += len(person.pictures) > 1
            self.exceptions.update(person.exceptions)

    async def experiment(self) -> None:
        """Run experiments one after the other on the Transfer page, each with another λ."""
        for number in range(10_000):
            link = f"data=CIFAR-10&lambda={3 + number % 70 / 10:.1f}&images_cifar10={IMAGES}"
            person = Person(self.address, link, page="transfer")
            await person.open()
            if await person.wait_for_button("Run", PATIENCE):
                await person.press("Run")
                while time.monotonic() < self.ends:
                    if await person.wait_for("Result from this machine"):
                        self.counts["experiments"] += 1
                        break
            await person.close()
            if time.monotonic() >= self.ends:
                return

    async def _visit(self, person: Person, rng: random.Random) -> None:
        await person.open()
        self._count(await person.wait_for("δ = 255"))
        delta = 255
        for _ in range(rng.randint(1, 6)):
            await asyncio.sleep(rng.uniform(1, self.pause))
            match rng.choice(("move", "move", "cancel", "upload", "return")):
                case "upload":
                    await person.upload(rng.randrange(1000, 2_000_000))
                    self.counts["uploads"] += 1
                case "return":
                    await person.close()
                    await asyncio.sleep(rng.uniform(0, 5))
                    await person.open()
                    self.counts["returns"] += 1
                case action:
                    delta = rng.choice([each for each in DELTAS if each != delta])
                    await person.move(delta)
                    if action == "move":
                        self._count(await person.wait_for(f"δ = {delta}"))
                    elif await person.wait_for_button("Cancel", 2.0):
                        await person.press("Cancel")
                        self.counts["cancelled"] += 1
        await person.close()

    def _count(self, seconds: float | None) -> None:
        self.counts["unanswered" if seconds is None else "answered"] += 1


def held(server: psutil.Process) -> dict[str, int]:
    """Return what a process holds: resident memory in MB, threads, open files and connections."""
    with server.oneshot():
        return {
            "MB": round(server.memory_info().rss / 2**20),
            "threads": server.num_threads(),
            "files": server.num_fds(),
        }


async def measure(soak: Soak, server: psutil.Process, people: int) -> dict[str, Any]:
    """Return what a server held after :data:`SETTLED` and at the end, and what went on."""
    begun, settled = time.monotonic(), None
    visitors = [asyncio.create_task(soak.stay(number)) for number in range(people - 1)]
    visitors.append(asyncio.create_task(soak.experiment()))
    while time.monotonic() < soak.ends:
        await asyncio.sleep(60)
        now, minute = held(server), (time.monotonic() - begun) / 60
        print(f"{minute:5.0f} min", now, dict(soak.counts), flush=True)
        if settled is None and time.monotonic() - begun >= SETTLED:
            settled = now
    last = held(server)
    await asyncio.gather(*visitors)
    await asyncio.sleep(ABSENCE + 30)
    return {
        "minutes": round((soak.ends - begun) / 60),
        "people": people,
        "after ten minutes": settled,
        "at the end": last,
        "when all had left": held(server),
        **soak.counts,
        "exceptions": sorted(soak.exceptions),
    }


def main() -> None:
    """Start a server and print what :func:`measure` returns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--pause", type=float, default=30.0, help="seconds between two deeds, at most")
    parser.add_argument("--port", type=int, default=8599)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        command = [sys.executable, "-m", "sparsefool", "app", "--port", str(given.port), "--"]
        command += ["--server.headless=true", "--server.address=127.0.0.1"]
        command += ["--server.enableXsrfProtection=false"]
        with log.open("wb") as out:
            server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{given.port}/"
            wait_until_healthy(f"{address}_stcore/health", server, log)
            soak = Soak(address, 60 * given.minutes, given.pause)
            found = asyncio.run(measure(soak, psutil.Process(server.pid), given.people))
        finally:
            server.terminate()
            server.wait(20)
        traces = log.read_text().split("Traceback (most recent call last)")[1:]
    found["tracebacks in the log"] = len(traces)
    print(*dict.fromkeys(traces), sep="\n")
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
