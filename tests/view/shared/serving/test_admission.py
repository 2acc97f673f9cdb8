import gc
import weakref

import pytest

from sparsefool.view.shared.serving import admission


class Server:
    """A server as sessions see it: which of them are open, and which one asks."""

    def __init__(self):
        self.open, self.asking, self.over = set(), "", set()

    def come(self, session):
        self.open.add(session)
        self.asking = session
        return admission._take_place()

    def go(self, session):
        self.open.discard(session)


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(admission, "serves_sessions", lambda: True)
    monkeypatch.setattr(admission, "session_id", lambda: server.asking)
    monkeypatch.setattr(admission, "is_session_open", lambda session: session in server.open)
    monkeypatch.setattr(admission, "_start_watching", lambda: None)
    for name in ("_places", "_enders"):
        monkeypatch.setattr(admission, name, {})
    monkeypatch.setattr(admission, "_refused", set())

    def ender():
        session = server.asking
        return lambda: session in server.over

    monkeypatch.setattr(admission, "session_ender", ender)
    return server


def test_as_many_sessions_as_allowed_have_a_place_and_the_next_when_one_goes(server, set_limits):
    set_limits(sessions=2)
    assert [server.come(session) for session in "abc"] == [True, True, False]
    assert (admission.has_place("a"), admission.has_place("c")) == (True, False)
    assert admission.open_sessions() == 2
    assert server.come("a"), "who has a place keeps it"
    server.go("a")
    assert server.come("c")
    assert not server.come("a"), "who comes back takes a place like everybody"
    assert server.come("b")


def test_a_session_that_returns_before_another_asks_keeps_its_place(server, set_limits):
    set_limits(sessions=1)
    assert server.come("a")
    server.go("a")
    assert server.come("a")
    assert not server.come("b")


def test_a_refused_session_is_counted_once(server, set_limits):
    set_limits(sessions=1)
    before = admission.SESSIONS_REFUSED._value.get()
    server.come("a")
    for _ in range(3):
        server.come("b")
    assert admission.SESSIONS_REFUSED._value.get() == before + 1


def test_what_a_session_held_is_given_back_when_it_is_over(server, monkeypatch):
    class Held:
        pass

    held, ended = [Held()], []
    held[0].itself = held[0]  # as what a session holds, which refers to it again
    gone = weakref.ref(held[0])
    monkeypatch.setattr(admission, "_at_end", [ended.append, lambda _: held.clear()])
    server.come("a")
    server.come("b")
    gc.disable()
    try:
        admission._end_sessions()
        assert (ended, list(admission._enders)) == ([], ["a", "b"])
        server.over.add("a")
        admission._end_sessions()
    finally:
        gc.enable()
    assert (ended, list(admission._enders)) == (["a"], ["b"])
    assert gone() is None


def test_outside_a_server_everybody_has_a_place(set_limits):
    set_limits(sessions=1)
    assert admission._take_place()
    assert admission.has_place("any")
