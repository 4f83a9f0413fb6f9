"""The explanation of a session: what happened and why, over HTTP and by the command line, of a call by real clients."""

import os
import subprocess

import tokens
import wire
from server import BINARY

ANA, BEN = {"tone": 440, "hue": 0}, {"tone": 1000, "hue": 120}


def of(server, path):
    return wire.call(server, "GET", path, token=tokens.admin())


def test_a_session_tells_what_happened(guests, venue, room):
    ana = guests("chromium", "ana", role="mentor", **ANA)
    ben = guests("chromium", "ben", **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    session = of(venue.server, f"/v1/rooms/{room}").json["session"]
    camera = f"probe.room.participants.get('{ana.id}').tracks.find(({{ source }}) => source === 'camera').id"
    ben.eval(f"probe.room.subscribe({camera}, 'off').then(() => true)")
    ana.eval("probe.room.muteOther(%r, probe.room.participants.get(%r).tracks"
             ".find(({ source }) => source === 'microphone').id).then(() => true)" % (ben.id, ben.id))
    for one in (ana, ben):
        ana.until("probe.events.some(({ type, participants }) => type === 'quality'"
                  f" && participants.some(({{ participant }}) => participant === '{one.id}'))")
    ana.leave()
    ben.leave()
    found = of(venue.server, f"/v1/sessions/{session}/explain").json
    people = {one["identity"]: one for one in found["participants"]}
    for identity in ("ana", "ben"):
        assert 0 <= people[identity]["connectedAfterMilliseconds"] < 5_000
        assert people[identity]["firstMediaAfterMilliseconds"] > 0
        assert people[identity]["interruptions"] == people[identity]["failures"] == 0
        assert people[identity]["quality"]["average"] >= 3
    lines = found["timeline"]
    assert [line["offsetMilliseconds"] for line in lines] == sorted(line["offsetMilliseconds"] for line in lines)
    kinds = [line["kind"] for line in lines]
    for kind in ("participant.joined", "connected", "first_media", "quality", "wished", "muted", "participant.left"):
        assert kind in kinds, kind
    network = next(line for line in lines if line["kind"] == "connected")["detail"]["network"]
    assert network.endswith((".0/24", "::/48"))
    assert "Ben's microphone was muted by Ana." in [line["text"] for line in lines]
    assert found["truncated"] is False
    shown = subprocess.run(
        [str(BINARY), "session", "explain", session, "--url", venue.server.url], capture_output=True, text=True,
        timeout=60, env={**os.environ, "TANDEM_API_KEY": tokens.KEY, "TANDEM_API_SECRET": tokens.SECRET, "NO_COLOR": "1"})
    assert shown.returncode == 0, shown.stderr
    assert "Ben's microphone was muted by Ana." in shown.stdout and "FIRST MEDIA" in shown.stdout
    print(shown.stdout)
    history = of(venue.server, f"/v1/sessions/{session}").json
    assert all(one["quality"]["lowest"] >= 1 for one in history["participants"])


def test_only_an_operator_is_told(venue, room):
    assert wire.call(venue.server, "GET", "/v1/sessions/s_1/explain").status == 401
    assert wire.call(venue.server, "GET", "/v1/sessions/s_1/explain", token=tokens.mint("ana", room)).status == 403
    assert of(venue.server, "/v1/sessions/s_nowhere/explain").status == 404
