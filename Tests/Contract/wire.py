"""One WebSocket of the protocol and one HTTP call, as plain as possible: what a client's author would write."""

import collections
import contextlib
import http.client
import json
import time
import urllib.parse
import uuid

import schema
import tokens
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 5


class Refused(Exception):
    """The server's error reply."""

    def __init__(self, message):
        super().__init__(f"{message['code']}: {message['message']}")
        self.code, self.message = message["code"], message


class Client:
    """A WebSocket. Replies are awaited by id; events that come meanwhile are kept in order."""

    def __init__(self, server, protocols=("tandem.v1",), **options):
        self.server = server
        self.stack = contextlib.ExitStack()
        self.socket = self.stack.enter_context(connect(
            server.socket_url, subprotocols=list(protocols), max_size=None, max_queue=None, open_timeout=PATIENCE,
            close_timeout=2, ping_interval=None, **options))
        self.events = collections.deque()
        self.seen = []
        self.joined = None

    def send(self, message):
        self.socket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    def receive(self, timeout=PATIENCE):
        message = json.loads(self.socket.recv(timeout))
        schema.check(self.server, message)
        if "seq" in message:
            self.seen.append(message)
        if "resume" in message and isinstance(message["resume"], str):
            tokens.secrets_seen.add(message["resume"])
        return message

    def reply(self, request, timeout=PATIENCE):
        """The reply to a request; a refusal is raised."""
        until = time.monotonic() + timeout
        while True:
            message = self.receive(max(0.01, until - time.monotonic()))
            if message.get("id") == request and "seq" not in message:
                if message["type"] == "error":
                    raise Refused(message)
                return message
            self.events.append(message)

    def request(self, kind, **fields):
        request = uuid.uuid4().hex
        self.send({"type": kind, "id": request, **fields})
        return self.reply(request)

    def refusal(self, kind, **fields):
        """The code with which a request is refused."""
        try:
            answer = self.request(kind, **fields)
        except Refused as refused:
            return refused.code
        raise AssertionError(f"not refused: {answer}")

    def event(self, kind, timeout=PATIENCE, **matching):
        """The next event of that type, of which these fields have these values; others stay where they are."""

        def fits(message):
            return message["type"] == kind and all(message.get(k) == v for k, v in matching.items())

        for message in self.events:
            if fits(message):
                self.events.remove(message)
                return message
        until = time.monotonic() + timeout
        while True:
            message = self.receive(max(0.01, until - time.monotonic()))
            if fits(message):
                return message
            self.events.append(message)

    def quiet(self, *kinds):
        """Nothing of these kinds has come. A ping is the fence: what was sent before it has arrived with it."""
        assert self.request("ping")["type"] == "pong"
        found = [message for message in self.events if message["type"] in kinds]
        assert not found, found

    def join(self, token, **fields):
        self.joined = self.request("join", token=token, **fields)
        return self.joined

    @property
    def id(self):
        return self.joined["self"]["id"]

    def closed(self, timeout=PATIENCE):
        """The code with which the server closes."""
        until = time.monotonic() + timeout
        try:
            while True:
                self.events.append(self.receive(max(0.01, until - time.monotonic())))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def drop(self):
        """As a network would: no close frame."""
        self.socket.socket.close()

    def close(self):
        self.stack.close()


Answer = collections.namedtuple("Answer", "status headers body")


class Reply(Answer):
    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """Of a problem document, whose form is checked here for all tests."""
        assert self.headers["content-type"] == "application/problem+json", (self.status, dict(self.headers))
        problem = self.json
        assert set(problem) >= {"type", "title", "status", "detail", "code", "instance"}, problem
        assert problem["status"] == self.status
        assert problem["instance"].endswith(self.headers["x-request-id"]), problem
        assert len(problem["detail"]) > 5 and problem["title"]
        return problem["code"]


def call(server, method, path, body=None, token=None, headers=None):
    address = urllib.parse.urlsplit(server.url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname, address.port, timeout=PATIENCE * 2)
    sent = dict(headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body)
        sent.setdefault("Content-Type", "application/json")
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        received = answer.headers
        return Reply(answer.status, {k.lower(): v for k, v in received.items()}, answer.read())
    finally:
        connection.close()


def quoted(segment):
    return urllib.parse.quote(segment, safe="")
