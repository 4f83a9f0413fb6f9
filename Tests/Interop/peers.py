"""A peer that is no browser: a program of its own process that joins a room, sends a tone and a colour, and says on
demand what it hears and sees. Programs: aiortc_peer.py, and gst_peer.py under the system's Python."""

import contextlib
import json
import pathlib
import queue
import subprocess
import sys
import threading
import time

import tokens

HERE = pathlib.Path(__file__).parent
PROGRAMS = {"aiortc": [sys.executable, str(HERE / "aiortc_peer.py")],
            "gstreamer": ["/usr/bin/python3", "-X", "faulthandler", str(HERE / "gst_peer.py")]}
PATIENCE = 20


class Peer:
    def __init__(self, kind, venue, room, identity, role="student", tone=440, hue=200, **claims):
        self.kind, self.identity, self.tone, self.hue, self.fake = kind, identity, tone, hue, False
        self.url = venue.server.socket_url
        self.token = tokens.mint(identity, room, role, name=identity.title(), **claims)
        self.answers = queue.Queue()
        self.said = []
        self.process = subprocess.Popen(PROGRAMS[kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                self.answers.put(json.loads(line))
            else:
                self.said.append(line)

    def ask(self, what, patience=PATIENCE, **fields):
        try:
            self.process.stdin.write(json.dumps({"do": what, **fields}) + "\n")
            self.process.stdin.flush()
            answer = self.answers.get(timeout=patience)
        except (BrokenPipeError, queue.Empty):
            code = self.process.poll()
            raise AssertionError(f"{self.kind} does not answer {what} (exit {code}):\n{''.join(self.said[-60:])}") from None
        assert "error" not in answer, f"{self.kind}: {answer['error']}\n{''.join(self.said[-60:])}"
        return answer

    def join(self):
        self.id = self.ask("join", url=self.url, token=self.token, tone=self.tone, hue=self.hue)["id"]
        return self

    def _until(self, condition, patience):
        ends = time.monotonic() + patience
        while True:
            seen = self.ask("report")
            if condition(seen["from"]):
                return seen["from"]
            assert time.monotonic() < ends, f"{self.kind} after {patience} s: {json.dumps(seen, indent=1)}"
            time.sleep(0.2)

    def hears(self, other, patience=PATIENCE):
        self._until(lambda seen: abs(seen.get(other.identity, {}).get("hz", 0) - other.tone) < 15, patience)

    def hears_nothing_of(self, other, patience=PATIENCE):
        self._until(lambda seen: seen.get(other.identity, {}).get("level", -200) < -80, patience)

    def sees(self, other, patience=PATIENCE):
        def right(seen):
            mine = seen.get(other.identity, {})
            colour = other.fake or abs((mine.get("hue", -1) - other.hue + 540) % 360 - 180) < 30
            return mine.get("frames", 0) > 0 and mine.get("bright", 0) > 0.5 and colour

        first = self._until(right, patience)[other.identity]["frames"]
        self._until(lambda seen: seen[other.identity]["frames"] > first + 3, patience)

    def meets(self, other):
        self.sees(other)
        self.hears(other)

    def lines(self):
        return self.ask("report")["lines"]

    def send(self, kind, **fields):
        """A message of the protocol, and its reply."""
        return self.ask("send", kind=kind, fields=fields)

    def told(self, kind, patience=PATIENCE, **matching):
        """The event that says so, once it has come."""
        ends = time.monotonic() + patience
        while True:
            heard = self.ask("events")["events"]
            for event in heard:
                if event["type"] == kind and matching.items() <= event.items():
                    return event
            assert time.monotonic() < ends, f"no {kind} {matching} in {json.dumps(heard, indent=1)}"
            time.sleep(0.1)

    def is_well(self):
        assert self.process.poll() is None, f"{self.kind} ended with {self.process.returncode}: {''.join(self.said[-60:])}"

    def leave(self):
        self.ask("leave")

    def diagnosis(self):
        return f"=== {self.identity} ({self.kind})\n{json.dumps(self.ask('diagnosis', 5), indent=1)}\n{''.join(self.said[-60:])}"

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
