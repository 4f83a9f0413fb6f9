"""Negotiating with the server, by descriptions that real clients made: no media flows, only who is told what.

Against a server that forwards no media (`unavailable`) these tests are skipped.
"""

import pathlib
import re

import pytest
import wire

CAPTURES = pathlib.Path(__file__).resolve().parents[1] / "WireTests" / "Captures"
TRACKS = [{"mid": "0", "source": "microphone"}, {"mid": "1", "source": "camera"}]
FLIPPED = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


def capture(name):
    return (CAPTURES / f"{name}.sdp").read_bytes().decode()


def sections(sdp):
    """The m-lines, each as its lines; what stands before them is the first."""
    parts, lines = [[]], sdp.replace("\r", "").strip().split("\n")
    for line in lines:
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line)
    return parts


def value(lines, name):
    """The first `a=name:value`, or "" for `a=name`."""
    for line in lines:
        if line == f"a={name}" or line.startswith(f"a={name}:"):
            return line[len(name) + 3:]
    return None


def direction(lines):
    return next((line[2:] for line in lines if line[2:] in FLIPPED and line.startswith("a=")), "sendrecv")


def mids(sdp):
    return [value(lines, "mid") for lines in sections(sdp)[1:]]


def directions(sdp):
    return [direction(lines) for lines in sections(sdp)[1:]]


def answer_to(offer, own):
    """The answer of who made the description `own`: takes all, sends on the m-lines that it had."""
    mine = sections(own)
    transport = [line for line in mine[1] + mine[0] if line.startswith(("a=ice-ufrag", "a=ice-pwd", "a=fingerprint"))]
    head, *offered = sections(offer)
    result = [line for line in head if not line.startswith(("a=ice-lite", "o="))] + transport
    result.insert(1, "o=- 1 2 IN IP4 127.0.0.1")
    for lines in offered:
        skipped = ("a=candidate", "a=end-of", "a=ice-", "a=fingerprint", "a=ssrc", "a=msid:")
        for line in lines:
            if line.startswith("a=setup"):
                line = "a=setup:active"
            elif line.startswith("a=") and line[2:] in FLIPPED:
                line = "a=" + FLIPPED[line[2:]]
            if not line.startswith(skipped):
                result.append(line)
    return "\r\n".join(result) + "\r\n"


@pytest.fixture
def call(people, room):
    """`call("ana", "chromium-audio-video")`: one who has joined with that offer."""

    def join(identity, name="chromium-audio-video", role="student", tracks=None, **fields):
        offer = {"sdp": capture(name), "tracks": TRACKS if tracks is None else tracks}
        try:
            caller = people.join(room, identity, role, fields={"offer": offer, **fields})
        except wire.Refused as refused:
            if refused.code == "unavailable":
                pytest.skip("this server forwards no media")
            raise
        caller.sdp = offer["sdp"]
        return caller

    return join


def places(message):
    return {(place["mid"], place["participant"]) for place in message["tracks"]}


@pytest.mark.parametrize("name", ["chromium-audio-video", "firefox-audio-video", "aiortc-audio-video"])
def test_a_join_with_an_offer_is_answered_in_one_round_trip(call, name):
    ana = call("ana", name)
    answer = ana.joined["answer"]
    assert mids(answer["sdp"]) == ["0", "1"] and directions(answer["sdp"]) == ["recvonly", "recvonly"]
    assert [track["source"] for track in ana.joined["self"]["tracks"]] == ["microphone", "camera"]
    assert [track["id"] for track in ana.joined["self"]["tracks"]] == [one["track"] for one in answer["published"]]
    own = [ana.event("track.added")["track"]["id"] for _ in range(2)]
    assert own == [one["track"] for one in answer["published"]]
    head, audio, _ = sections(answer["sdp"])
    assert "a=ice-lite" in head and value(audio, "setup") == "passive" and value(audio, "candidate")
    assert value(head, "group") == "BUNDLE 0 1" and value(audio, "rtcp-mux") == ""


def test_two_who_both_offer_see_each_other(call):
    ana = call("ana")
    ben = call("ben", "firefox-audio-video")
    assert places(ben.joined["answer"]) == {("0", ana.id), ("1", ana.id)}
    assert directions(ben.joined["answer"]["sdp"]) == ["sendrecv", "sendrecv"]
    assert {track["id"] for track in ben.joined["participants"][0]["tracks"]} \
        == {place["track"] for place in ben.joined["answer"]["tracks"]}
    added = {ana.event("track.added", participant=ben.id)["track"]["id"] for _ in range(2)}
    offer = ana.event("offer")
    assert places(offer) == {("0", ben.id), ("1", ben.id)} and {place["track"] for place in offer["tracks"]} == added
    assert directions(offer["sdp"]) == ["sendrecv", "sendrecv"]
    streams = [value(lines, "msid") for lines in sections(offer["sdp"])[1:]]
    assert streams == [f"{ben.id} {place['track']}" for place in offer["tracks"]]
    assert ana.request("answer", sdp=answer_to(offer["sdp"], ana.sdp))["type"] == "ok"
    assert ana.refusal("answer", sdp=answer_to(offer["sdp"], ana.sdp)) == "invalid_message"
    ben.quiet("offer")


def test_a_third_is_offered_what_its_m_lines_do_not_carry_and_m_lines_are_used_again(call):
    ana, ben = call("ana"), call("ben")
    ana.request("answer", sdp=answer_to(ana.event("offer")["sdp"], ana.sdp))
    carl = call("carl")
    for one in (ana, ben, carl):
        offer = one.event("offer")
        assert len(offer["tracks"]) == 4 and len(set(mids(offer["sdp"]))) == 4
        assert one.request("answer", sdp=answer_to(offer["sdp"], one.sdp))["type"] == "ok"
    before = mids(offer["sdp"])
    ana.request("leave")
    removed = {carl.event("track.removed", participant=ana.id)["track"] for _ in range(2)}
    assert removed == {one["track"] for one in ana.joined["answer"]["published"]}
    offer = carl.event("offer")
    assert mids(offer["sdp"]) == before and len(offer["tracks"]) == 2
    carl.request("answer", sdp=answer_to(offer["sdp"], carl.sdp))
    call("dora")
    offer = carl.event("offer")
    assert mids(offer["sdp"]) == before and len(offer["tracks"]) == 4


def test_the_servers_versions_grow_and_its_session_stays(call):
    ana = call("ana")
    call("ben")
    texts = [ana.joined["answer"]["sdp"], ana.event("offer")["sdp"]]
    origins = [re.search(r"o=- (\d+) (\d+)", text).groups() for text in texts]
    assert origins[0][0] == origins[1][0] and int(origins[0][1]) < int(origins[1][1])


def test_glare_is_the_servers_to_give_way(call):
    ana = call("ana")
    call("ben")
    ana.event("offer")
    again = ana.request("offer", sdp=ana.sdp, tracks=TRACKS)
    # What the dropped offer was about is in the answer.
    assert again["type"] == "answer" and len(again["tracks"]) == 2
    assert ana.refusal("answer", sdp=ana.sdp.replace("actpass", "active")) == "invalid_message"
    ana.quiet("offer")


@pytest.mark.parametrize("change, problem", [
    (lambda sdp: sdp.replace("a=rtcp-mux\r\n", "", 1), "rtcp-mux"),
    (lambda sdp: sdp.replace("BUNDLE 0 1", "BUNDLE 0"), "BUNDLE"),
    (lambda sdp: re.sub(r"a=fingerprint:.*\r\n", "", sdp), "fingerprint"),
    (lambda sdp: re.sub(r"a=ice-(ufrag|pwd):.*\r\n", "", sdp), "ice-ufrag"),
    (lambda sdp: sdp.replace("a=setup:actpass", "a=setup:holdconn"), "setup"),
    (lambda sdp: "hello", "line 1"),
])
def test_a_bad_description_names_its_line(call, change, problem):
    ana = call("ana")
    with pytest.raises(wire.Refused) as refused:
        ana.request("offer", sdp=change(ana.sdp))
    assert refused.value.code == "bad_sdp" and problem in str(refused.value) and "line " in str(refused.value)
    assert ana.request("offer", sdp=ana.sdp, tracks=TRACKS)["published"] == ana.joined["answer"]["published"]


def test_wrong_mids_in_tracks_are_refused(call):
    ana = call("ana")
    for tracks in ([{"mid": "9", "source": "camera"}], [{"mid": "0", "source": "camera"}],
                   [{"mid": "0", "source": "microphone"}] * 2):
        assert ana.refusal("offer", sdp=ana.sdp, tracks=tracks) == "bad_sdp"
    assert ana.refusal("offer", sdp=ana.sdp, tracks=[{"mid": "0", "source": "hat"}]) == "invalid_message"


def test_an_observer_gets_all_and_is_announced_to_nobody(call):
    ana = call("ana")
    eve = call("eve", role="observer")
    assert eve.joined["answer"]["published"] == [] and len(eve.joined["answer"]["tracks"]) == 2
    assert directions(eve.joined["answer"]["sdp"]) == ["sendonly", "sendonly"]
    ana.quiet("participant.joined", "offer")


def test_mutes(call, http, room):
    mentor, student = call("ana", role="mentor"), call("ben")
    track = student.joined["answer"]["published"][0]["track"]
    assert student.request("mute", track=track, muted=True)["type"] == "ok"
    assert mentor.event("track.updated", participant=student.id)["track"]["muted"] is True
    assert student.event("track.updated")["track"]["id"] == track
    assert student.request("mute", track=track, muted=False)["type"] == "ok"
    assert mentor.event("track.updated")["track"]["muted"] is False
    assert mentor.request("moderate", action="mute", participant=student.id, track=track)["type"] == "ok"
    assert student.event("track.updated", participant=student.id)["track"] is not None
    fields = {"action": "mute", "participant": student.id, "track": track, "muted": False}
    assert mentor.refusal("moderate", **fields) == "forbidden"
    path = f"/v1/rooms/{room}/participants/{student.id}/mute"
    assert http("POST", path, {"track": track, "muted": False}).status in (200, 204)
    assert mentor.refusal("mute", track=track, muted=True) == "unknown_track"
    assert mentor.refusal("moderate", action="mute", participant=student.id, track="t_none") == "unknown_track"


def test_subscribe(call):
    ana, ben = call("ana"), call("ben")
    track = ana.joined["answer"]["published"][1]["track"]
    for quality in ("low", "off", "high"):
        assert ben.request("subscribe", track=track, quality=quality, maxHeight=180, maxFps=15, priority=1)["type"] == "ok"
    assert ben.refusal("subscribe", track=track, quality="best") == "invalid_message"
    assert ben.refusal("subscribe", track="t_none", quality="low") == "unknown_track"
    assert ana.refusal("subscribe", track=track, quality="low") == "unknown_track"


def test_a_candidate_for_the_server_is_taken_and_not_needed(call):
    ana = call("ana")
    line = "candidate:1 1 udp 2130706431 192.0.2.1 4242 typ host"
    assert ana.request("candidate", candidate=line, mid="0")["type"] == "ok"


def test_an_offer_that_a_lost_connection_left_unanswered_comes_again(call, people):
    ana = call("ana")
    ana.quiet()
    ana.drop()
    call("ben")
    back = people.connect()
    joined = back.join(ana.token, resume=ana.joined["resume"], lastSeq=ana.seen[-1]["seq"])
    assert [track["id"] for track in joined["self"]["tracks"]] == [one["track"] for one in ana.joined["answer"]["published"]]
    assert not [event for event in joined["missed"] if event["type"] == "offer"]
    assert back.request("answer", sdp=answer_to(back.event("offer")["sdp"], ana.sdp))["type"] == "ok"
    back.quiet("offer")


def test_auto_goes_direct_with_two_and_comes_back_with_a_third(call, http, room):
    assert http("POST", "/v1/rooms", {"id": room, "topology": "auto"}).status == 201
    ana, ben = call("ana"), call("ben")
    for one in (ana, ben):
        move = one.event("topology")
        assert (move["topology"], move["reason"]) == ("p2p", "two_participants")
    ana.request("offer", sdp=ana.sdp, to=ben.id)
    assert ben.event("offer", **{"from": ana.id})["sdp"] == ana.sdp
    call("carl")
    assert ana.event("topology")["topology"] == "sfu"


def test_in_a_direct_room_the_server_takes_no_offer(people, http, room):
    assert http("POST", "/v1/rooms", {"id": room, "topology": "p2p"}).status == 201
    ana = people.join(room, "ana")
    assert ana.refusal("offer", sdp=capture("chromium-audio-video")) in ("forbidden", "unavailable")
    # Who joins can't know the topology before: the offer of a join is passed over.
    ben = people.join(room, "ben", fields={"offer": {"sdp": capture("chromium-audio-video")}})
    assert "answer" not in ben.joined
