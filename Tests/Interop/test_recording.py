"""Recordings of real calls: consent, sound in the right place, a killed server, erasure."""

import hashlib
import io
import json
import pathlib
import tarfile
import time

import sound
import tokens
import wire
from recordings import ANA, BEN, archive, come, consenting, studio  # noqa: F401

def test_a_pair_is_recorded_each_on_a_side(come, archive):
    ana, ben = consenting(come)
    recording = ana.send("recording.start")["recording"]
    assert ben.told("recording", state="recording")["recording"] == recording
    time.sleep(4)
    assert ana.send("recording.stop")["recording"] == recording
    ben.told("recording", state="stopped")
    shown = archive.ready(recording)
    length = shown["durationMilliseconds"] / 1000
    assert 3.5 < length < 8
    for identity, tone in (("ana", 440), ("ben", 1000)):
        path = archive.fetch(recording, archive.track(shown, identity)["file"])
        assert abs(sound.well_formed(path) - length) < 0.02
        heard = sound.samples(path, 1)[:, 0]
        assert abs(sound.pitch(heard) - tone) < 5
        (start, end), = sound.audible(heard)
        assert start < 0.5 and end > length - 0.7
    mix = archive.fetch(recording, "mix.opus")
    assert abs(sound.well_formed(mix) - length) < 0.02
    left, right = sound.samples(mix).T
    assert abs(sound.pitch(left) - 440) < 5 and abs(sound.pitch(right) - 1000) < 5
    said = json.loads(archive.fetch(recording, "analysis.json").read_bytes())
    assert {one["identity"] for one in said["speakers"]} == {"ana", "ben"}
    known = json.loads(archive.fetch(recording, "metadata.json").read_bytes())
    assert {(one["identity"], one["given"], one["textVersion"]) for one in known["consents"]} == {
        ("ana", True, "v1"), ("ben", True, "v1")}
    assert known["gaps"] == []
    named = {one["name"]: one["sha256"] for one in json.loads(archive.fetch(recording, "manifest.json").read_bytes())["files"]}
    for name, digest in named.items():
        assert hashlib.sha256(archive.get(f"/v1/recordings/{recording}/{name}").body).hexdigest() == digest
    packed = tarfile.open(fileobj=io.BytesIO(archive.get(f"/v1/recordings/{recording}/archive.tar").body))
    assert len(packed.getmembers()) == 7
    assert packed.extractfile(f"{recording}/mix.opus").read() == mix.read_bytes()


def test_the_talk_meter_runs_without_any_recording(come):
    ana, ben = come("ana", "mentor", **ANA), come("ben", **BEN)
    ana.hears(ben)
    ben.told("talk")
    ends = time.monotonic() + 20
    while True:
        heard = [one for one in ben.ask("events")["events"] if one["type"] == "talk"][-1]["participants"]
        if len(heard) == 2 and min(one["seconds"] for one in heard) >= 2:
            break
        assert time.monotonic() < ends, heard
        time.sleep(0.2)
    assert {one["participant"] for one in heard} == {ana.id, ben.id}
    assert abs(sum(one["share"] for one in heard) - 1) < 0.01


def test_parts_tags_and_links(come, archive):
    ana, ben = consenting(come)
    recording = ana.send("recording.start")["recording"]
    time.sleep(1.5)
    ana.send("recording.stop")
    archive.ready(recording)
    path = f"/v1/recordings/{recording}/mix.opus"
    whole = archive.get(path)
    part = archive.get(path, {"Range": "bytes=1000-1999"})
    assert part.status == 206 and part.body == whole.body[1000:2000]
    assert archive.get(path, {"If-None-Match": whole.headers["etag"]}).status == 304
    assert archive.get(path, token=tokens.mint("ana", "lesson", "mentor")).status == 403
    link = wire.call(archive.venue.server, "POST", f"/v1/recordings/{recording}/links", {"file": "mix.opus", "ttl": 60},
                     token=archive.token)
    assert link.status == 201
    url = link.json["url"]
    assert wire.call(archive.venue.server, "GET", url).body == whole.body
    assert wire.call(archive.venue.server, "GET", url.replace("mix.opus", "metadata.json")).status == 401
    assert wire.call(archive.venue.server, "GET", url.replace("expires=", "expires=9")).status == 401
    short = wire.call(archive.venue.server, "POST", f"/v1/recordings/{recording}/links", {"file": "mix.opus", "ttl": 1},
                      token=archive.token).json["url"]
    time.sleep(2.1)
    assert wire.call(archive.venue.server, "GET", short).json["code"] == "token_expired"
    assert archive.get(f"/v1/recordings/{recording}/tracks/..%2F..%2Fmaster.key").status == 404


def test_nobody_is_kept_before_all_agree_and_who_withdraws_is_cut_off(come, archive, studio):
    ana, ben = come("ana", "mentor", **ANA), come("ben", **BEN)
    ana.hears(ben)
    ana.send("consent", recording=True)
    recording = ana.send("recording.start")["recording"]
    ben.told("recording", state="waiting_for_consent")
    assert not (studio.server.path / "data" / "recordings" / recording).exists()
    ben.send("consent", recording=True)
    ana.told("recording", state="recording")
    time.sleep(2)
    ben.send("consent", recording=False)
    time.sleep(2)
    ana.send("recording.stop")
    shown = archive.ready(recording)
    voices = {who: sound.audible(sound.samples(archive.fetch(recording, archive.track(shown, who)["file"]), 1)[:, 0])
              for who in ("ana", "ben")}
    assert voices["ana"][-1][1] > shown["durationMilliseconds"] / 1000 - 0.7
    assert len(voices["ben"]) == 1 and voices["ben"][0][1] < shown["durationMilliseconds"] / 1000 - 1.7


def test_who_comes_later_pauses_it_until_they_agree(come, archive):
    ana, ben = consenting(come)
    recording = ana.send("recording.start")["recording"]
    time.sleep(1.5)
    cyd = come("cyd", tone=1600, hue=None)
    ana.told("recording", state="waiting_for_consent")
    cyd.hears(ana)
    time.sleep(1.5)
    cyd.send("consent", recording=True)
    cyd.told("recording", state="recording")
    time.sleep(1.5)
    ana.send("recording.stop")
    shown = archive.ready(recording)
    heard = sound.audible(sound.samples(archive.fetch(recording, archive.track(shown, "ana")["file"]), 1)[:, 0])
    assert len(heard) == 2 and heard[1][0] - heard[0][1] > 1.2
    assert len(sound.audible(sound.samples(archive.fetch(recording, archive.track(shown, "cyd")["file"]), 1)[:, 0])) == 1


def test_a_killed_server_loses_no_more_than_a_second(come, archive, studio):
    ana, ben = consenting(come)
    recording = ana.send("recording.start")["recording"]
    time.sleep(3)
    files = sorted((studio.server.path / "data" / "recordings" / recording).glob("*.opus"))
    studio.server.kill()
    with files[0].open("ab") as torn:
        torn.write(b"\x10\x00\x00\x00half a piece")
    studio.server.start()
    shown = archive.ready(recording)
    assert shown["repaired"] and shown["stopReason"] == "restart"
    assert shown["durationMilliseconds"] > 2_000
    for track in shown["tracks"]:
        assert sound.well_formed(archive.fetch(recording, track["file"])) > 2
    sound.well_formed(archive.fetch(recording, "mix.opus"))


def test_one_voice_is_erased_and_the_other_remains(come, archive, studio):
    ana, ben = consenting(come)
    recording = ana.send("recording.start")["recording"]
    time.sleep(2)
    ana.send("recording.stop")
    shown = archive.ready(recording)
    mine, theirs = archive.track(shown, "ben"), archive.track(shown, "ana")
    on_disk = studio.server.path / "data" / "recordings" / recording / pathlib.Path(mine["file"]).name
    assert on_disk.exists()
    answer = wire.call(studio.server, "DELETE", f"/v1/recordings/{recording}/voices/ben?reason=asked", token=tokens.admin())
    assert answer.status == 200 and answer.json["tracks"] == 1
    assert not on_disk.exists()
    archive.ready(recording)
    assert archive.get(f"/v1/recordings/{recording}/{mine['file']}").status == 404
    left, right = sound.samples(archive.fetch(recording, "mix.opus")).T
    assert abs(sound.pitch(left) - 440) < 5 and abs(sound.pitch(right) - 440) < 5
    sound.well_formed(archive.fetch(recording, theirs["file"]))
    assert wire.call(studio.server, "PUT", f"/v1/recordings/{recording}/hold", {"reason": "court"}, token=tokens.admin()).status == 204
    assert wire.call(studio.server, "DELETE", f"/v1/recordings/{recording}", token=tokens.admin()).status == 409
    assert wire.call(studio.server, "DELETE", f"/v1/recordings/{recording}/hold", token=tokens.admin()).status == 204
    assert wire.call(studio.server, "DELETE", f"/v1/recordings/{recording}", token=tokens.admin()).status == 204
    assert archive.get(f"/v1/recordings/{recording}").status == 404
    assert not on_disk.parent.exists()
