"""Kills the server with SIGKILL at random moments under load, starts it again, and checks that nothing it had
acknowledged is missing: rooms, bookings, keys, events, and the places of the people who were connected.

    python Tests/Kill/kill_test.py [--rounds 200] [--seed N] [--binary .build/release/tandem]
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

import websockets

KEY, SECRET = "devkey", "devsecret"
PAIRS = 4


def token(identity, room="*", role="mentor", **rights):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    now = int(time.time())
    claims = {
        "iss": KEY, "sub": identity, "iat": now, "exp": now + 3600,
        "tandem": {"room": room, "role": role, **rights},
    }
    text = part({"alg": "HS256", "kid": KEY, "typ": "JWT"}) + b"." + part(claims)
    return (text + b"." + base64.urlsafe_b64encode(
        hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).rstrip(b"=")).decode()


ADMIN = token("kill-test", admin=True)


class Server:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = open(os.path.join(folder, "server.log"), "ab")
        self.process = None
        self.starts = []

    async def start(self):
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [self.binary, "serve", "--dev", "--http-port", str(self.port), "--media-port", "0", "--data-directory",
             os.path.join(self.folder, "data"), "--limits-requests-per-second", "10000",
             "--limits-request-burst", "10000"],
            stdout=self.log, stderr=self.log)
        while time.monotonic() - begun < 20:
            if self.process.poll() is not None:
                raise AssertionError(f"the server did not start again: exit {self.process.returncode}")
            try:
                status, _ = await self.call("GET", "/readyz")
                if status == 200:
                    self.starts.append(time.monotonic() - begun)
                    return
            except OSError:
                pass
            await asyncio.sleep(0.01)
        raise AssertionError("the server is not ready 20 s after its start")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    async def call(self, method, path, body=None, headers=None):
        """One request on a connection of its own; raises OSError if the server goes away in the middle."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            data = json.dumps(body).encode() if body is not None else b""
            head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {ADMIN}",
                    "Connection: close", f"Content-Length: {len(data)}"]
            if body is not None:
                head.append("Content-Type: application/json")
            head += [f"{name}: {value}" for name, value in (headers or {}).items()]
            writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + data)
            await writer.drain()
            answer = await asyncio.wait_for(reader.read(), 20)
            if b"\r\n\r\n" not in answer:
                raise OSError("cut")
            head, _, rest = answer.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            length = next((int(l.split(":")[1]) for l in lines if l.lower().startswith("content-length:")), None)
            if length is not None and len(rest) != length:
                raise OSError("cut")
            if any(l.lower().startswith("transfer-encoding:") for l in lines):
                rest = dechunk(rest)
            status = int(lines[0].split()[1])
            try:
                return status, json.loads(rest) if rest else None
            except ValueError:
                raise OSError("cut")
        finally:
            writer.close()


def dechunk(data):
    out = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        count = int(size or b"0", 16)
        if count == 0:
            return out
        out, data = out + data[:count], data[count + 2:]


class Person:
    """Joins a room and chats with the other one; remembers its secret and the last number it has seen."""

    def __init__(self, server, room, identity, role):
        self.server, self.room, self.identity, self.role = server, room, identity, role
        self.secret, self.seq, self.id, self.socket = None, 0, None, None
        self.resumed = 0

    async def connect(self):
        self.socket = await websockets.connect(
            f"ws://127.0.0.1:{self.server.port}/v1/ws", subprotocols=["tandem.v1"], ping_interval=None)
        if self.secret:
            await self.send({"type": "join", "id": 1, "resume": self.secret, "lastSeq": self.seq})
        else:
            await self.send({"type": "join", "id": 1, "token": token(self.identity, self.room, self.role)})
        while True:
            message = json.loads(await asyncio.wait_for(self.socket.recv(), 10))
            if message.get("id") == 1:
                break
            self.event(message)
        assert message["type"] == "joined", f"{self.identity}: {message} after {self.seq} ({self.secret and 'resume'})"
        if self.secret:
            assert message["self"]["id"] == self.id, "another place than before"
            self.resumed += 1
            for event in message["missed"]:
                self.event(event)
        self.id, self.secret = message["self"]["id"], message["resume"]

    def event(self, message):
        if "seq" in message:
            assert message["seq"] == self.seq + 1, \
                f"{self.identity} saw {message['seq']} after {self.seq}: {message['type']}"
            self.seq = message["seq"]

    async def send(self, message):
        await self.socket.send(json.dumps(message))

    async def live(self):
        """Talks until the server dies."""
        try:
            sender = asyncio.create_task(self.talk())
            async for text in self.socket:
                self.event(json.loads(text))
        except (websockets.ConnectionClosed, OSError):
            pass
        finally:
            sender.cancel()

    async def talk(self):
        count = 0
        try:
            while True:
                count += 1
                await self.send({"type": "chat", "id": count, "text": f"message {count}"})
                await asyncio.sleep(0.005)
        except (websockets.ConnectionClosed, OSError):
            pass


class Promises:
    """What the server has acknowledged."""

    def __init__(self):
        self.rooms, self.sessions, self.keys, self.closed = set(), {}, set(), set()

    async def collect(self, server, generator, round_number):
        count = 0
        try:
            while True:
                count += 1
                name = f"k{round_number}-{count}"
                status, _ = await server.call("POST", "/v1/rooms", {"id": name, "topology": "p2p"})
                if status == 201:
                    self.rooms.add(name)
                if count % 3 == 0:
                    body = {"mentor": {"identity": "ana"}, "student": {"identity": "ben"}, "topology": "p2p"}
                    status, booked = await server.call(
                        "POST", "/v1/sessions", body, {"Idempotency-Key": f"book-{name}"})
                    if status in (200, 201):
                        self.sessions[f"book-{name}"] = booked["id"]
                if count % 7 == 0:
                    status, key = await server.call("POST", "/v1/keys", {"note": name})
                    if status == 201:
                        self.keys.add(key["id"])
                if count % 5 == 0 and self.rooms:
                    victim = generator.choice(sorted(self.rooms))
                    # From the moment of asking until the answer the room may be either.
                    self.rooms.discard(victim)
                    status, _ = await server.call("DELETE", f"/v1/rooms/{victim}")
                    if status == 204:
                        self.closed.add(victim)
        except OSError:
            pass

    async def check(self, server, generator):
        for name in generator.sample(sorted(self.rooms), min(25, len(self.rooms))):
            status, _ = await server.call("GET", f"/v1/rooms/{name}")
            assert status == 200, f"room {name} was acknowledged and is gone ({status})"
        for name in generator.sample(sorted(self.closed), min(10, len(self.closed))):
            status, _ = await server.call("GET", f"/v1/rooms/{name}")
            assert status in (404, 410), f"room {name} was closed and is back ({status})"
        for key, session in generator.sample(sorted(self.sessions.items()), min(10, len(self.sessions))):
            status, _ = await server.call("GET", f"/v1/sessions/{session}")
            assert status == 200, f"session {session} was acknowledged and is gone"
            body = {"mentor": {"identity": "ana"}, "student": {"identity": "ben"}, "topology": "p2p"}
            status, again = await server.call("POST", "/v1/sessions", body, {"Idempotency-Key": key})
            assert again["id"] == session, "the same idempotency key booked twice"
        status, listed = await server.call("GET", "/v1/keys")
        missing = self.keys - {key["id"] for key in listed["items"]}
        assert not missing, f"keys were acknowledged and are gone: {missing}"


async def check_events(server):
    """Numbers of a room's events have no gap, and nobody left who had not joined."""
    cursor, sequences, present = None, {}, {}
    while True:
        path = "/v1/events?limit=1000" + (f"&after={cursor}" if cursor else "")
        _, page = await server.call("GET", path)
        for event in page["items"]:
            room, kind = event.get("room"), event["type"]
            if room:
                before = sequences.get(room)
                assert before is None or event["seq"] == before + 1, f"{room}: {event['seq']} after {before}"
                sequences[room] = event["seq"]
            who = event["data"].get("participant")
            who = who["id"] if isinstance(who, dict) else who
            if kind == "participant.joined":
                assert who not in present, f"{who} joined twice"
                present[who] = True
            elif kind == "participant.left":
                assert present.pop(who, None), f"{who} left without having joined"
        if not page["items"] or not page["next"]:
            return
        cursor = page["next"]


async def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--seed", type=int, default=int(time.time()))
    options.add_argument("--binary", default=os.environ.get("TANDEM_BINARY", ".build/release/tandem"))
    options = options.parse_args()
    generator = random.Random(options.seed)
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory(prefix="tandem-kill-") as folder:
        server = Server(os.path.abspath(options.binary), folder)
        await server.start()
        people = [Person(server, f"pair-{n}", f"{who}-{n}", role)
                  for n in range(PAIRS) for who, role in (("ana", "mentor"), ("ben", "student"))]
        promises = Promises()
        try:
            for round_number in range(options.rounds):
                await asyncio.gather(*(person.connect() for person in people))
                tasks = [asyncio.create_task(person.live()) for person in people]
                tasks.append(asyncio.create_task(promises.collect(server, generator, round_number)))
                await asyncio.sleep(generator.uniform(0.02, 0.4))
                server.kill()
                await asyncio.gather(*tasks)
                await server.start()
                await promises.check(server, generator)
                if (round_number + 1) % 20 == 0:
                    await check_events(server)
                    print(f"{round_number + 1} kills: {len(promises.rooms)} rooms, {len(promises.sessions)} bookings, "
                          f"{len(promises.keys)} keys, {sum(p.resumed for p in people)} resumes", flush=True)
        except BaseException:
            print(f"failed in round {round_number} of seed {options.seed}; the server's last words:")
            server.log.flush()
            with open(os.path.join(folder, "server.log"), "rb") as log:
                print(log.read()[-3000:].decode(errors="replace"))
            raise
        finally:
            if server.process.poll() is None:
                server.kill()
        starts = sorted(server.starts)
        print(f"start to ready: median {starts[len(starts) // 2] * 1000:.0f} ms, worst {starts[-1] * 1000:.0f} ms")
        print(f"{options.rounds} passed, 0 failed")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
