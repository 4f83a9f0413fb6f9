"""Webhooks: signed, in order for a room, retried, and not forgotten by a killed server."""

import hashlib
import hmac
import http.server
import json
import queue
import threading
import time

import pytest
import tokens
from record import await_events

SECRET = "webhook-secret"


class Receiver:
    """A platform's endpoint. `answers` says with which status the next calls are met; then it is 204."""

    def __init__(self):
        self.calls = queue.Queue()
        self.answers = []
        outer = self

        class Endpoint(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = outer.answers.pop(0) if outer.answers else 204
                outer.calls.put((status, self.headers, body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def settings(self, **more):
        return {"webhooks": {"endpoints": [{"url": self.url, "secret": SECRET, **more}]}}

    def events(self, until, timeout=15, status=204):
        """Delivered events up to one for which `until` holds."""
        found, ends = [], time.monotonic() + timeout
        while True:
            got, headers, body = self.calls.get(timeout=max(0.01, ends - time.monotonic()))
            if got != status:
                continue
            found.append(json.loads(body))
            if until(found[-1]):
                return found


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.server.shutdown()
    one.server.server_close()


def left(room):
    return lambda event: event["type"] == "participant.left" and event["room"] == room


def test_deliveries_are_signed_and_in_order(receiver, own_server, people, room):
    server = own_server(receiver.settings())
    ana, ben = people.pair(room, server=server)
    ben.request("hand", raised=True)
    ben.request("leave")
    first = receiver.calls.get(timeout=10)
    receiver.calls.queue.appendleft(first)
    _, headers, body = first
    parts = dict(part.split("=", 1) for part in headers["Tandem-Signature"].split(","))
    expected = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(parts["v1"], expected)
    assert abs(int(parts["t"]) - time.time()) < 60
    assert headers["Content-Type"] == "application/json"
    events = receiver.events(left(room))
    mine = [event for event in events if event["room"] == room]
    numbers = [event["seq"] for event in mine]
    assert numbers == list(range(numbers[0], numbers[0] + len(mine)))
    assert {"participant.joined", "participant.left"} <= {event["type"] for event in mine}
    assert all(set(event) >= {"id", "type", "room", "seq", "at", "data"} for event in mine)


def test_a_failed_delivery_is_tried_again_and_keeps_its_place(receiver, own_server, people, room):
    receiver.answers = [500, 503]
    server = own_server(receiver.settings())
    ana, ben = people.pair(room, server=server)
    ben.request("leave")
    events = receiver.events(left(room), timeout=20)
    numbers = [event["seq"] for event in events if event["room"] == room]
    assert numbers == sorted(numbers) and len(set(numbers)) == len(numbers)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_only_wanted_events_are_delivered(receiver, own_server, people, room):
    server = own_server(receiver.settings(events=["participant.left"]))
    ana, ben = people.pair(room, server=server)
    ben.request("leave")
    assert [event["type"] for event in receiver.events(left(room))] == ["participant.left"]


def test_what_could_not_be_delivered_is_after_a_kill(receiver, own_server, people, room, http):
    receiver.answers = [500] * 1000
    server = own_server(receiver.settings())
    ana, ben = people.pair(room, server=server)
    ben.request("leave")
    await_events(http, room, "participant.left", server=server)
    receiver.calls.get(timeout=10)
    server.kill()
    receiver.answers = []
    server.start()
    events = receiver.events(left(room))
    kinds = [event["type"] for event in events if event["room"] == room]
    assert kinds.count("participant.joined") == 2 and kinds[-1] == "participant.left"


def test_no_chat_and_no_token_is_delivered(receiver, own_server, people, room):
    server = own_server(receiver.settings())
    ana, ben = people.pair(room, server=server)
    ana.request("chat", text=tokens.private_text())
    ben.request("leave")
    told = json.dumps(receiver.events(left(room)))
    assert not [secret for secret in tokens.secrets_seen if secret in told]
