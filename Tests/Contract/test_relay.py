"""Direct rooms: two participants, whose offers, answers and candidates are relayed untouched, and to nobody else."""

import pytest
import tokens

SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=žluťoučký kůň 🐎\r\nt=0 0\r\na=x-unknown:\"quoted\"\\\r\n"
TRACKS = [{"mid": "0", "source": "microphone"}, {"mid": "1", "source": "camera", "extra": [1, 2]}]


@pytest.fixture
def direct(http, room):
    assert http("POST", "/v1/rooms", {"id": room, "topology": "p2p"}).status == 201
    return room


def test_joined_names_the_topology(people, direct):
    assert people.join(direct).joined["room"]["topology"] == "p2p"


def test_offer_answer_and_candidate_arrive_as_they_were_sent(people, direct):
    ana, ben = people.pair(direct)
    assert ana.request("offer", sdp=SDP, tracks=TRACKS, to=ben.id)["type"] == "ok"
    offer = ben.event("offer")
    assert (offer["from"], offer["sdp"], offer["tracks"]) == (ana.id, SDP, TRACKS)
    assert ben.request("answer", sdp=SDP + "x", to=ana.id)["type"] == "ok"
    answer = ana.event("answer")
    assert (answer["from"], answer["sdp"]) == (ben.id, SDP + "x")
    line = "candidate:1 1 udp 2130706431 192.0.2.1 4242 typ host ufrag abc"
    assert ben.request("candidate", candidate=line, mid="0", to=ana.id)["type"] == "ok"
    candidate = ana.event("candidate")
    assert (candidate["from"], candidate["candidate"], candidate["mid"]) == (ben.id, line, "0")


def test_the_relay_keeps_the_order(people, direct):
    ana, ben = people.pair(direct)
    ana.send({"type": "offer", "id": 0, "sdp": SDP, "to": ben.id})
    for number in range(30):
        ana.send({"type": "candidate", "id": number + 1, "candidate": f"c{number}", "mid": "0", "to": ben.id})
    ben.event("offer")
    assert [ben.event("candidate")["candidate"] for _ in range(30)] == [f"c{number}" for number in range(30)]


@pytest.mark.parametrize("kind, fields", [("offer", {"sdp": SDP}), ("answer", {"sdp": SDP}),
                                          ("candidate", {"candidate": "c", "mid": "0"})])
def test_nothing_is_relayed_out_of_the_room_or_to_oneself(people, direct, http, kind, fields):
    ana, ben = people.pair(direct)
    http("POST", "/v1/rooms", {"id": direct + "2", "topology": "p2p"})
    stranger = people.join(direct + "2", "stranger")
    for target in (stranger.id, "p_nobody", ana.id):
        assert ana.refusal(kind, to=target, **fields) == "unknown_participant"
    stranger.quiet(kind)
    ben.quiet(kind)


def test_two_is_all_there_can_be(people, direct):
    people.pair(direct)
    third = people.connect()
    assert third.refusal("join", token=tokens.mint("carl", direct)) == "room_full"


def test_an_observer_may_watch_and_has_no_path(people, direct):
    ana, ben = people.pair(direct)
    watcher = people.join(direct, "inspector", "observer")
    assert watcher.refusal("offer", sdp=SDP, to=ana.id) == "forbidden"
    assert ana.refusal("offer", sdp=SDP, to=watcher.id) == "unknown_participant"
    ana.request("offer", sdp=SDP, to=ben.id)
    ben.event("offer")
    watcher.quiet("offer")


def test_what_is_relayed_to_a_lost_peer_is_kept_for_it(people, direct):
    ana, ben = people.pair(direct)
    ben.quiet()
    ben.drop()
    ana.event("participant.updated")
    ana.request("offer", sdp=SDP, to=ben.id)
    back = people.connect()
    joined = back.join(ben.token, resume=ben.joined["resume"], lastSeq=ben.seen[-1]["seq"] if ben.seen else 0)
    assert [event["sdp"] for event in joined["missed"] if event["type"] == "offer"] == [SDP]


def test_where_the_server_forwards_nothing_is_relayed(people, room, http):
    http("POST", "/v1/rooms", {"id": room, "topology": "sfu"})
    ana, ben = people.pair(room)
    assert ana.refusal("offer", sdp=SDP, to=ben.id) == "forbidden"
    ben.quiet("offer")


def test_a_large_description_fits(people, direct):
    ana, ben = people.pair(direct)
    sdp = "v=0\r\n" + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n" * 1000
    ana.request("offer", sdp=sdp, to=ben.id)
    assert ben.event("offer")["sdp"] == sdp
