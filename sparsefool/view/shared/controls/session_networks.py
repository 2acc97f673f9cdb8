"""The networks of a session, beside the listed ones: of torchvision and timm by their name, and one's own.

One's own is forgotten when another takes its place and when the session ends; a link cannot lead to it.
"""

import re
import threading
import weakref
from dataclasses import dataclass, field
from queue import SimpleQueue
from uuid import uuid4

import streamlit as st

from sparsefool.backend.models import forget_network
from sparsefool.backend.serving.limits import limits
from sparsefool.errors import ModelError
from sparsefool.once import once
from sparsefool.runtime import return_freed_memory
from sparsefool.view.shared.serving.admission import when_ended
from sparsefool.view.shared.streamlit_internals.sessions import session_id
from sparsefool.zoo.specs import ModelSpec, find_spec

LIBRARIES = ("timm/", "torchvision/")
_KEY = "session_networks"
_NAME = re.compile(r"own/[0-9a-f]{12}")


@dataclass(eq=False)
class _Own:
    """A registered network of one's own, which is forgotten with this object."""

    spec: ModelSpec

    def __post_init__(self) -> None:
        _start_forgetting()
        self._at_end = weakref.finalize(self, _ended.put, self.spec.name)
        self._at_end.atexit = False

    def forget(self) -> None:
        """Forget the network now."""
        self._at_end.detach()
        forget_network(self.spec.name)


_ended: SimpleQueue[str] = SimpleQueue()
"""Names of networks whose session has ended.

A session ends in whichever thread collects garbage, perhaps while that holds the locks that forgetting takes;
only this queue may be used there.
"""


@once()
def _start_forgetting() -> None:
    """Start the thread that forgets the networks of ended sessions; there is one in the process."""
    when_ended(_forget_network_of)
    threading.Thread(target=_forget_ended, name="sparsefool-forgetting", daemon=True).start()


def _forget_ended() -> None:
    while True:
        forget_network(_ended.get())
        return_freed_memory()


def _forget_network_of(session: str) -> None:
    networks = _of_sessions.pop(session, None)
    if networks is not None and networks.own is not None:
        networks.own.forget()


@dataclass(eq=False)
class SessionNetworks:
    """The networks of a session, beside the listed ones.

    Attributes:
        owner: makes the name of its own network one that no other session has.
        named: networks of the libraries, by name.
        own: the session's own network.
        uploaded: the last file of weights, as Streamlit knows it.
        problem: why the last one could not be used.
    """

    owner: str = field(default_factory=lambda: uuid4().hex)
    named: list[str] = field(default_factory=list)
    own: _Own | None = None
    uploaded: str = ""
    problem: str = ""

    def add(self, name: str) -> None:
        """Add a network of a library."""
        if name not in self.named:
            self.named.append(name)

    def replace_own(self, spec: ModelSpec) -> bool:
        """Put a registered network in the place of the session's own; return whether it is another one."""
        if self.own is not None and self.own.spec == spec:
            return False
        if self.own is not None:
            self.own.forget()
        self.own = _Own(spec)
        _of_sessions[session_id()] = self
        return True


_of_sessions: "weakref.WeakValueDictionary[str, SessionNetworks]" = weakref.WeakValueDictionary()


def networks_of_this_session() -> SessionNetworks:
    """Return the networks of this session, beside the listed ones."""
    networks: SessionNetworks = st.session_state.setdefault(_KEY, SessionNetworks())
    return networks


def session_networks(gallery: str) -> list[ModelSpec]:
    """Return the networks of this session that are shown images of a data set."""
    networks = networks_of_this_session()
    _add_linked(networks)
    specs = [find_spec(name) for name in networks.named]
    if networks.own is not None:
        specs.append(networks.own.spec)
    return [spec for spec in specs if spec.gallery == gallery]


def own_title(spec: ModelSpec) -> str:
    """Return the title of a network of this session, which a link can be recognised by."""
    return f"{spec.title} · {spec.name}" if _NAME.fullmatch(spec.name) else f"{spec.name} (download)"


def why_no_choice(text: str) -> str:
    """Return why a network in the address is none of the choices, as the predicate of a sentence."""
    if _NAME.search(text):
        return "belongs to another session: upload its weights again"
    if text.startswith(LIBRARIES) and not limits().own_networks:
        return "is switched off on this server"
    return "is not one of the choices"


def _add_linked(networks: SessionNetworks) -> None:
    """Add the network of a library that the address names, if there is such a network."""
    linked = st.query_params.get("model", "").partition(" ")[0]
    if linked.startswith(LIBRARIES) and limits().own_networks:
        try:
            find_spec(linked)
        except ModelError:
            return  # the notice about the address says that it is no choice
        networks.named.append(linked)
