"""Recordings over bad lines, of real browsers, and on disks that are full: what can be kept is kept, and in its place."""

import contextlib
import datetime
import json
import os
import subprocess
import time

import pytest
import sound
import tokens
import wire
from recordings import ANA, BEN, Archive, archive, come, consenting, studio  # noqa: F401
from server import Server
from venue import Venue


def stop(one, archive, recording):
    one.send("recording.stop")
    return archive.ready(recording)


def onsets(mono):
    """Where clicks begin, in seconds."""
    loud = abs(mono) > 0.1
    found, last = [], -sound.RATE
    for at in loud.nonzero()[0]:
        if at - last > sound.RATE // 4:
            found.append(at / sound.RATE)
        last = at
    return found


def test_two_tracks_are_on_one_line_of_time(come, archive):
    ana, ben = come("ana", "mentor", tone="clicks", hue=None), come("ben", tone="clicks", hue=None)
    for one in (ana, ben):
        one.send("consent", recording=True)
    recording = ana.send("recording.start")["recording"]
    ben.told("recording", state="recording")
    time.sleep(5.5)
    shown = stop(ana, archive, recording)
    clicks = [onsets(sound.samples(archive.fetch(recording, archive.track(shown, who)["file"]), 1)[:, 0])
              for who in ("ana", "ben")]
    pairs = [(one, other) for one in clicks[0] for other in clicks[1] if abs(one - other) < 0.3]
    assert len(pairs) >= 4, clicks
    assert max(abs(one - other) for one, other in pairs) < 0.02, pairs
    left, right = sound.samples(archive.fetch(recording, "mix.opus")).T
    for one, other in zip(onsets(left), onsets(right)):
        assert abs(one - other) < 0.02


@pytest.mark.long
def test_a_conversation_is_read_as_it_was_held(come, archive):
    began = time.time() + 6
    script = {"ana": [(0, 3), (5.5, 8)], "ben": [(3.4, 6), (7, 7.3)]}
    ana, ben = (come(who, role, tone={"began": began, "turns": script[who]}, hue=None)
                for who, role in (("ana", "mentor"), ("ben", "student")))
    for one in (ana, ben):
        one.send("consent", recording=True)
    recording = ana.send("recording.start")["recording"]
    ben.told("recording", state="recording")
    assert time.time() < began - 0.5
    time.sleep(began + 9 - time.time())
    shown = stop(ana, archive, recording)
    said = json.loads(archive.fetch(recording, "analysis.json").read_bytes())
    people = {one["identity"]: one for one in said["speakers"]}
    assert abs(people["ana"]["share"] - 5.5 / 8.4) < 0.02, people
    zero = began - datetime.datetime.fromisoformat(shown["startedAt"]).timestamp()
    for who, turns in script.items():
        found = [(one["start"] / 1000 - zero, one["end"] / 1000 - zero) for one in said["segments"] if one["identity"] == who]
        assert len(found) == len(turns), (found, turns)
        for (start, end), (first, last) in zip(found, turns, strict=True):
            assert abs(start - first) < 0.2 and abs(end - last) < 0.2, (found, turns)
    # Ana breaks in and ben gives way; his "yes" while she talks is neither a turn nor an interruption.
    assert (people["ana"]["interruptions"], people["ben"]["interrupted"], people["ben"]["interruptions"]) == (1, 1, 0)
    assert [one["identity"] for one in said["turns"]] == ["ana", "ben", "ana"]


def test_a_lossy_line_and_another_source_go_into_the_same_file(come, archive):
    ana, ben = consenting(come)
    ben.ask("lossy", share=0.1)
    recording = ana.send("recording.start")["recording"]
    time.sleep(2)
    ana.ask("other_source")
    time.sleep(3)
    shown = stop(ana, archive, recording)
    assert len(shown["tracks"]) == 2
    length = shown["durationMilliseconds"] / 1000
    for who, tone in (("ana", 440), ("ben", 1000)):
        path = archive.fetch(recording, archive.track(shown, who)["file"])
        assert abs(sound.well_formed(path) - length) < 0.02
        heard = sound.samples(path, 1)[:, 0]
        assert abs(sound.pitch(heard) - tone) < 5
        (start, end), = sound.audible(heard)
        assert start < 0.5 and end > length - 0.7
    known = json.loads(archive.fetch(recording, "metadata.json").read_bytes())
    figures = {one["identity"]: one["figures"] for one in known["tracks"]}
    assert figures["ben"]["lost"] > 5 and figures["ana"]["lost"] < 3 and figures["ana"]["streams"] == 2, figures


@pytest.mark.long
def test_a_browser_that_mutes_and_loses_its_connection_is_recorded_throughout(guests, cable, room, venue, tmp_path):
    archive = Archive(venue, tmp_path)
    ana = guests("chromium", "ana", at=cable, role="mentor", tone=440, hue=0)
    ana.expected += ["WebSocket", "ERR_"]
    ben = guests("aiortc", "ben", tone=1000, hue=None)
    ben.hears(ana)
    ana.eval("probe.room.consent(true)")
    ben.send("consent", recording=True)
    recording = ana.eval("probe.room.request('recording.start').then(({ recording }) => recording)")
    ben.told("recording", state="recording")
    time.sleep(2)
    ana.eval("probe.room.enable('microphone', false)")
    time.sleep(2)
    ana.eval("probe.room.enable('microphone', true)")
    time.sleep(1)
    cable.pull()
    ana.until("probe.room.state === 'reconnecting'")
    time.sleep(1)
    cable.plug()
    ana.eval("probe.room.reconnect()")
    ana.until("probe.room.state === 'connected'")
    time.sleep(1)
    ana.eval("probe.room.request('recording.stop').then(() => true)")
    shown = archive.ready(recording)
    length = shown["durationMilliseconds"] / 1000
    heard = {}
    for who, tone in (("ana", 440), ("ben", 1000)):
        path = archive.fetch(recording, archive.track(shown, who)["file"])
        assert abs(sound.well_formed(path) - length) < 0.02
        mono = sound.samples(path, 1)[:, 0]
        assert abs(sound.pitch(mono) - tone) < 5
        heard[who] = sound.audible(mono)
    assert len(heard["ben"]) == 1
    (_, muted), (unmuted, end) = heard["ana"]
    assert 1.5 < unmuted - muted < 3 and end > length - 0.7, heard
    sound.well_formed(archive.fetch(recording, "mix.opus"))
    said = json.loads(archive.fetch(recording, "analysis.json").read_bytes())
    assert {one["identity"] for one in said["speakers"]} == {"ana", "ben"}


@pytest.fixture
def small_disk(interface):
    """A server whose data has a disk of its own, of 300 MB."""
    server = Server({"media": {"address": interface.address},
                     "recordings": {"leastFree": "200MB", "reserve": "120MB"}})
    data = server.path / "data"
    data.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", data], check=True)
    venue = Venue.__new__(Venue)
    try:
        venue.server = server.start()
        venue.url = server.url
        venue.data = data
        yield venue
    finally:
        server.stop()
        subprocess.run(["umount", data], check=True)


def fill(folder, leave):
    """Until only so many bytes are free."""
    state = os.statvfs(folder)
    with open(folder / "ballast", "ab") as ballast:
        os.posix_fallocate(ballast.fileno(), ballast.tell(), max(1, state.f_bavail * state.f_frsize - leave))


@pytest.mark.long
class TestSmallDisk:
    @pytest.fixture
    def studio(self, small_disk):
        return small_disk

    def test_a_nearly_full_disk_begins_nothing_and_closes_what_runs(self, come, archive, studio):
        ana, ben = consenting(come)
        recording = ana.send("recording.start")["recording"]
        ben.told("recording", state="recording")
        time.sleep(1.5)
        # Below what a new one wants, those that run go on …
        fill(studio.data, leave=150_000_000)
        time.sleep(2.5)
        assert archive.get(f"/v1/recordings/{recording}").json["state"] == "recording"
        other = wire.call(studio.server, "POST", "/v1/rooms", {"id": "other"}, token=tokens.admin())
        assert other.status == 201
        refused = wire.call(studio.server, "POST", "/v1/rooms/other/recording", token=tokens.admin())
        assert refused.status in (409, 503), refused.body
        # … down to the reserve, where they are closed with all that they have.
        fill(studio.data, leave=100_000_000)
        ben.told("recording", state="stopped")
        shown = archive.ready(recording)
        assert shown["stopReason"] == "disk_full" and shown["durationMilliseconds"] > 3_500
        for track in shown["tracks"]:
            assert sound.well_formed(archive.fetch(recording, track["file"])) > 3.5
        # The call knows nothing of it.
        ana.hears(ben)
        ben.hears(ana)

    def test_a_disk_without_any_room_loses_nothing_while_it_is_full(self, come, archive, studio):
        studio.server.settings["recordings"] = {"leastFree": 0, "reserve": 0}
        studio.server.restart()
        ana, ben = consenting(come)
        recording = ana.send("recording.start")["recording"]
        ben.told("recording", state="recording")
        time.sleep(1.5)
        with open(studio.data / "ballast", "wb") as ballast:
            with contextlib.suppress(OSError):
                while True:
                    ballast.write(bytes(1 << 20))
        assert os.statvfs(studio.data).f_bavail == 0
        time.sleep(3)
        (studio.data / "ballast").unlink()
        time.sleep(1.5)
        shown = stop(ana, archive, recording)
        assert shown["durationMilliseconds"] > 5_500
        for track in shown["tracks"]:
            path = archive.fetch(recording, track["file"])
            assert sound.well_formed(path) > 5.5
            (start, end), = sound.audible(sound.samples(path, 1)[:, 0])
            assert end - start > 5
