"""Recordings of real calls: two peers that can be told apart by ear, and a server's archive as a platform gets it. Import
the fixtures `studio`, `come` and `archive` from here."""

import time

import pytest
import tokens
import wire
from peers import Peer
from venue import Venue

ANA, BEN = {"tone": 440, "hue": None}, {"tone": 1000, "hue": None}


@pytest.fixture
def studio(interface):
    """A server of its own, so that it can be killed."""
    made = Venue({"media": {"address": interface.address}})
    yield made
    made.server.stop()


@pytest.fixture
def come(studio):
    present = []

    def arrive(identity, role="student", **marks):
        present.append(Peer("aiortc", studio, "lesson", identity, role, **marks).join())
        return present[-1]

    yield arrive
    for one in present:
        one.close()


class Archive:
    """The recordings of a server, as a platform gets them."""

    def __init__(self, venue, folder):
        self.venue, self.folder = venue, folder
        self.token = tokens.mint("auditor", role="observer", recordings=True)

    def get(self, path, headers=None, token=None):
        return wire.call(self.venue.server, "GET", path, token=token or self.token, headers=headers)

    def ready(self, recording, patience=30):
        ends = time.monotonic() + patience
        while (answer := self.get(f"/v1/recordings/{recording}")).status != 200 or answer.json["state"] != "ready":
            assert time.monotonic() < ends, answer.body
            time.sleep(0.1)
        return answer.json

    def fetch(self, recording, name):
        answer = self.get(f"/v1/recordings/{recording}/{name}")
        assert answer.status == 200, answer.body
        path = self.folder / name.replace("/", "-")
        path.write_bytes(answer.body)
        return path

    def track(self, shown, identity):
        track, = [one for one in shown["tracks"] if one["identity"] == identity]
        return track


@pytest.fixture
def archive(studio, tmp_path):
    return Archive(studio, tmp_path)


def consenting(come):
    ana, ben = come("ana", "mentor", **ANA), come("ben", **BEN)
    ana.hears(ben)
    ben.hears(ana)
    for one in (ana, ben):
        one.send("consent", recording=True, textVersion="v1", purpose="review")
    return ana, ben
