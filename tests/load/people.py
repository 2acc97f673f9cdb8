"""Many people on one server, without browsers: a load test.

    python -m tests.load.people http://localhost:8501 --people 24 --link "?data=CIFAR-10&picture=#"

Each person opens the link in a session of its own, in which ``#`` becomes a number from 1 to 20, waits for
the result, and moves δ. It speaks Streamlit's protocol over a web socket and asks for the page's fragments as
often as a browser does. Prints one line of JSON: seconds from a move to the result that names it, and what
went wrong. Who is not answered counts as slower than all who are; null stands for such a time.
"""

import argparse
import asyncio
import json
import math
import random
import re
import statistics
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PICTURES = 20
DELTAS = (10, 25, 50, 100, 150, 200, 254)
ORIGINAL = re.compile(r'<div class="picture"[^>]* data-of="(\w+)"')
PATIENCE = 180.0
"""Seconds to wait for a result."""


@dataclass
class Person:
    """One session of the app.

    Attributes:
        server: its address.
        link: the page's query string.
        page: its place in the address; empty for the Attack page.
        texts: all that the page has said.
        refused: how often it has said that the queue is full.
        exceptions: those shown on the page.
        pictures: what identifies the originals of all pictures on the page: one, unless it shows another's.
        session: what the server calls it.
        buttons: the identities of the buttons that the page has had since the last move, by label.
    """

    server: str
    link: str
    page: str = ""
    texts: list[str] = field(default_factory=list)
    refused: int = 0
    exceptions: list[str] = field(default_factory=list)
    pictures: set[str] = field(default_factory=set)
    session: str = ""
    buttons: dict[str, str] = field(default_factory=dict)
    _opened: str = ""
    _sliders: dict[str, str] = field(default_factory=dict)
    _values: dict[str, str] = field(default_factory=dict)
    _fragments: dict[str, tuple[float, float]] = field(default_factory=dict)
    _messages: dict[str, Any] = field(default_factory=dict)
    _moves: int = 0

    async def open(self) -> None:
        """Connect, again after :meth:`close` to the same session, and ask for the page."""
        address = urlsplit(self.server)
        scheme = "wss" if address.scheme == "https" else "ws"
        place = urlunsplit((scheme, address.netloc, f"{address.path.rstrip('/')}/_stcore/stream", "", ""))
        known = ["no-token", self.session] if self.session else []
        self._socket = await websockets.connect(
            place,
            subprotocols=["streamlit", *known],
            max_size=2**28,
            open_timeout=PATIENCE,
            close_timeout=1.0,
        )
        self._reader = asyncio.create_task(self._read())
        await self._rerun()

    async def close(self) -> None:
        """Leave."""
        self._reader.cancel()
        await self._socket.close()

    async def move(self, delta: int) -> None:
        """Move the slider of δ, as its front end reports it."""
        slider = next(name for label, name in self._sliders.items() if label.startswith("δ"))
        self._moves += 1
        moved = {"moved": {"run": str(id(self)), "count": self._moves, "value": delta}}
        self._values[slider] = json.dumps(moved)
        self._fragments.clear()
        self.buttons.clear()
        await self._rerun()

    async def press(self, label: str) -> None:
        """Press the button with this label."""
        await self._rerun(button=self.buttons[label])

    async def upload(self, size: int) -> None:
        """Upload a file of so many bytes, as a browser does."""
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        request = urllib.request.Request(
            f"{self.server.rstrip('/')}/_stcore/upload_file/{self.session}/{uuid4()}",
            head + bytes(size) + b"\r\n--x--\r\n",
            {"Content-Type": "multipart/form-data; boundary=x"},
            method="PUT",
        )
        (await asyncio.to_thread(urllib.request.urlopen, request, timeout=PATIENCE)).close()

    async def wait_for(self, words: str) -> float | None:
        """Return the seconds until the page says something new with these words; None if it does not."""
        heard = len(self.texts)

        def is_said() -> bool:
            nonlocal heard
            new, heard = self.texts[heard:], len(self.texts)
            return any(words in text for text in new)

        return await self._wait(is_said, PATIENCE)

    async def wait_for_button(self, label: str, patience: float) -> float | None:
        """Return the seconds until the page has a button; None if it has none within so many seconds."""
        return await self._wait(lambda: label in self.buttons, patience)

    async def _wait(self, found: Callable[[], bool], patience: float) -> float | None:
        begun, refused = time.monotonic(), self.refused
        while time.monotonic() - begun < patience:
            if found():
                return time.monotonic() - begun
            if self.refused > refused:
                return None
            for name, (interval, last) in list(self._fragments.items()):
                if time.monotonic() - last >= interval:
                    self._fragments[name] = (interval, time.monotonic())
                    await self._rerun(name)
            await asyncio.sleep(0.05)
        return None

    async def _rerun(self, fragment: str = "", button: str = "") -> None:
        message = BackMsg()
        message.rerun_script.query_string = self.link
        message.rerun_script.page_name = self.page
        message.rerun_script.page_script_hash = self._opened
        message.rerun_script.fragment_id = fragment
        if button:
            pressed = message.rerun_script.widget_states.widgets.add()
            pressed.id, pressed.trigger_value = button, True
        for name, value in self._values.items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.json_value = name, value
        await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        async for data in self._socket:
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "ref_hash":
                message = self._messages.get(message.ref_hash, message)
                kind = message.WhichOneof("type")
            elif message.hash and message.metadata.cacheable:
                self._messages[message.hash] = message
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id
            elif kind == "navigation":
                self._opened = message.navigation.page_script_hash
            elif kind == "auto_rerun":
                self._fragments[message.auto_rerun.fragment_id] = (
                    message.auto_rerun.interval,
                    time.monotonic(),
                )
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._take(message.delta.new_element)

    def _take(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "bidi_component":
            content = element.bidi_component.json or element.bidi_component.mixed.json
            data = json.loads(content) if content else {}
            if element.bidi_component.component_name.endswith("slider"):
                self._sliders[data["label"]] = element.bidi_component.id
            self.texts.append(content)
        elif kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind == "exception":
            self.exceptions.append(element.exception.message)
        elif kind == "alert":
            self.refused += "already wait" in element.alert.body
            self.texts.append(element.alert.body)
        elif kind in ("markdown", "html", "heading"):
            text = getattr(element, kind).body
            self.texts.append(text)
            self.pictures.update(ORIGINAL.findall(text))


async def visit(server: str, link: str, number: int, moves: int, pause: float) -> tuple[Person, list[Any]]:
    """Return a person who has opened a link and moved δ, and the seconds of each; None where in vain."""
    rng = random.Random(number)
    person, seconds = Person(server, link.replace("#", str(number % PICTURES + 1))), []
    await asyncio.sleep(pause * rng.random())
    await person.open()
    seconds.append(await person.wait_for("δ = 255"))
    delta = 255
    for _ in range(moves):
        await asyncio.sleep(pause * rng.random())
        delta = rng.choice([each for each in DELTAS if each != delta])
        await person.move(delta)
        seconds.append(await person.wait_for(f"δ = {delta}"))
    return person, seconds


async def measure(server: str, people: int, moves: int, pause: float, link: str) -> dict[str, Any]:
    """Return what happens when so many people come at once."""
    begun = time.monotonic()
    visits = await asyncio.gather(*[visit(server, link, number, moves, pause) for number in range(people)])
    opened, moved = [times[0] for _, times in visits], [each for _, times in visits for each in times[1:]]
    for person, _ in visits:
        await person.close()
    return {
        "people": people,
        "seconds": round(time.monotonic() - begun, 1),
        "opened": _spread(opened),
        "moved": _spread(moved),
        "unanswered": sum(each is None for each in (*opened, *moved)),
        "refused": sum(person.refused for person, _ in visits),
        "with a picture of another": sum(len(person.pictures) != 1 for person, _ in visits),
        "exceptions": sorted({text for person, _ in visits for text in person.exceptions}),
    }


def _spread(seconds: Sequence[float | None]) -> dict[str, Any]:
    """Return how they are spread, where who was not answered has waited longer than all others."""
    answered = [each for each in seconds if each is not None]
    ranked = [*sorted(answered), *[math.inf] * (len(seconds) - len(answered))]
    spread = {
        "median": statistics.median(ranked),
        "95 %": ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))],
        "most": ranked[-1],
    }
    return {
        "n": len(answered),
        **{name: round(each, 2) if each < math.inf else None for name, each in spread.items()},
    }


def main() -> None:
    """Print what :func:`measure` returns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--moves", type=int, default=3)
    parser.add_argument("--pause", type=float, default=4.0, help="seconds before each, at most")
    parser.add_argument("--link", default="?data=CIFAR-10&picture=#")
    given = parser.parse_args()
    found = asyncio.run(measure(given.server, given.people, given.moves, given.pause, given.link.lstrip("?")))
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
