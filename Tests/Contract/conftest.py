"""The conformance suite of the outward contract, for this server and for whoever writes a client or another server.

It starts the binary (TANDEM_BINARY, else .build/release/tandem) on a free port with an empty data folder, or talks to
a running server at TANDEM_URL with TANDEM_API_KEY and TANDEM_API_SECRET; then tests that need a server of their own,
with other settings or to be killed, are skipped. Every test has a room of its own, so one server serves all.
"""

import os
import uuid

import pytest
import tokens
import wire
from server import Remote, Server


@pytest.fixture(scope="session")
def server():
    if "TANDEM_URL" in os.environ:
        yield Remote(os.environ["TANDEM_URL"])
        return
    ours = Server().start()
    yield ours
    ours.stop()


@pytest.fixture
def own_server():
    """Makes servers for this test alone: `own_server({"limits": {…}})`."""
    made = []

    def make(settings=None, **options):
        if "TANDEM_URL" in os.environ:
            pytest.skip("needs a server of its own")
        made.append(Server(settings, **options).start())
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="module")
def strict_server():
    """One with limits that a test can reach quickly."""
    if "TANDEM_URL" in os.environ:
        pytest.skip("needs a server of its own")
    ours = Server({"limits": {"joinTimeout": "1s", "messagesPerSecond": 10, "messageBurst": 20,
                              "authFailuresPerMinute": 5, "connectionsPerIdentity": 2},
                   "sessions": {"resumeWindow": "1s"}}).start()
    yield ours
    ours.stop()


@pytest.fixture
def room():
    return f"room-{uuid.uuid4().hex[:12]}"


class People:
    """Opens connections and closes them at the test's end."""

    def __init__(self, server):
        self.server = server
        self.opened = []

    def connect(self, server=None, **options):
        client = wire.Client(server or self.server, **options)
        self.opened.append(client)
        return client

    def join(self, room, identity=None, role="student", server=None, fields=None, **claims):
        """A participant who has joined, or waits in the lobby."""
        client = self.connect(server)
        client.token = tokens.mint(identity or f"user-{uuid.uuid4().hex[:8]}", room, role, **claims)
        client.join(client.token, **(fields or {}))
        return client

    def pair(self, room, server=None):
        """A mentor and a student who know of each other."""
        mentor = self.join(room, "ana", "mentor", name="Ana", server=server)
        student = self.join(room, "ben", "student", name="Ben", server=server)
        mentor.event("participant.joined")
        return mentor, student


@pytest.fixture
def people(server):
    group = People(server)
    yield group
    for client in group.opened:
        client.close()


@pytest.fixture
def http(server):
    """`http("GET", "/v1/rooms", token=…)`; as an operator if no token is named, `token=None` for nobody."""

    def send(method, path, body=None, token=..., headers=None, server=server):
        return wire.call(server, method, path, body, tokens.admin() if token is ... else token, headers)

    return send


def pytest_collection_modifyitems(items):
    # What the servers have logged can only be judged when all has been said.
    items.sort(key=lambda item: item.path.name == "test_log.py")
