"""Somebody in a room of the server's SFU, in a browser of their own: what they send, and what they see and hear."""

import json
import pathlib
import time

import tokens

PROBE = (pathlib.Path(__file__).parent / "probe.js").read_text()


class Guest:
    """`tone` in Hz and `hue` in degrees are this guest's mark; None means no microphone or no camera."""

    def __init__(self, browser, url, room, identity, role="student", tone=440, hue=200, fps=15, fake=False,
                 height=180, grains=0, detour=None, **claims):
        self.identity, self.tone, self.hue, self.fps, self.fake = identity, tone, hue, fps, fake
        #: Of the camera's picture; browsers send small ones in fewer sizes.
        self.height, self.grains = height, grains
        #: Parts of console lines that this test causes itself.
        self.expected = []
        self.page = browser.open(url + "/")
        self.token = tokens.mint(identity, room, role, name=identity.title(), **claims)
        self.page.run(PROBE)
        if detour:
            self.page.run(detour)

    def join(self):
        wishes = {"token": self.token, "tone": self.tone, "hue": self.hue, "fps": self.fps, "fake": self.fake,
                  "height": self.height, "grains": self.grains}
        self.id = self.page.eval(f"probe.join({json.dumps(wishes)})")["id"]
        return self

    def eval(self, expression):
        return self.page.eval(expression)

    def until(self, expression, patience=20):
        return self.page.until(expression, patience)

    def hears(self, other, patience=20):
        """The other's tone, by the strongest frequency."""
        self.until(f"(({{ hz, db }}) => Math.abs(hz - {other.tone}) < 15 && db > -60)"
                   f"(probe.hear({other.identity!r}))", patience)

    def hears_nothing_of(self, other, patience=20):
        self.until(f"probe.hear({other.identity!r}).db < -90", patience)

    def sees(self, other, hue=None, which="stream", patience=20):
        """Decoded pictures in the other's colour, which go on."""
        hue = other.hue if hue is None else hue
        seen = f"probe.see({other.identity!r}, {which!r})"
        colour = "true" if other.fake else f"Math.abs((hue - {hue} + 540) % 360 - 180) < 30"
        first = self.until(f"(({{ frames, bright, hue }}) => bright > 0.5 && {colour} && frames)({seen})", patience)
        self.until(f"{seen}.frames > {first} + 3", patience)

    def meets(self, other):
        self.sees(other)
        self.hears(other)

    def knows(self, identity):
        return self.eval(f"[...probe.room.participants.values()].some((one) => one.identity === {identity!r})")

    def told_of(self, kind, patience=20):
        return self.until(f"probe.events.find(({{ type }}) => type === {kind!r})", patience)

    def lines(self):
        """How many m-lines the connection to the server has."""
        return self.eval("probe.lines()")

    def goes_on(self, name, more=20, patience=20):
        """A counter of the connection grows by so much from now on; the seconds it took."""
        began = time.monotonic()
        before = self.eval("probe.counters()")[name]
        self.until(f"probe.counters().then((now) => now.{name} > {before} + {more})", patience)
        return time.monotonic() - began

    def leave(self):
        self.eval("probe.room.leave().then(() => true)")

    def is_well(self):
        """No exception, no complaint on the console, and no negotiation that failed."""
        failed = self.eval("probe.events.filter(({ type, error }) => type === 'path' && error).map(({ error }) => error)")
        errors = [line for line in self.page.errors if not any(part in line for part in self.expected)]
        assert errors + failed == [], f"{self.identity}: {errors + failed}"

    def diagnosis(self):
        found = self.eval("probe.diagnosis()")
        descriptions = ""
        for connection in found["connections"]:
            for side in ("local", "remote"):
                descriptions += f"--- {side} description of {self.identity}\n{connection.pop(side)}\n"
        return f"=== {self.identity}: errors {self.page.errors}\n{json.dumps(found, indent=1)}\n{descriptions}"

    def close(self):
        self.page.close()
