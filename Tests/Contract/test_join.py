"""Joining and leaving: who gets in, what one is told, and what a connection may do before it has joined."""

import re
import time

import pytest
import tokens
from websockets.exceptions import InvalidStatus, NegotiationError

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def test_who_joins_first_opens_the_room_and_learns_all_about_it(people, room):
    ana = people.join(room, "ana", "mentor", name="Ana", fields={"attributes": {"language": "sr"}})
    joined = ana.joined
    assert joined["type"] == "joined"
    me = joined["self"]
    assert me | {"id": ""} == {
        "id": "", "identity": "ana", "name": "Ana", "role": "mentor", "attributes": {"language": "sr"},
        "state": "active", "handRaised": False, "tracks": []}
    assert me["id"]
    assert TIME.match(joined["room"].pop("createdAt"))
    assert joined["room"] == {"id": room, "name": room, "topology": joined["room"]["topology"], "locked": False,
                              "recording": {"state": "stopped"}}
    assert joined["participants"] == []
    assert isinstance(joined["iceServers"], list)
    assert len(joined["resume"]) >= 20
    assert set(joined["server"]) >= {"version", "node", "region"}
    assert "missed" not in joined


def test_the_others_are_announced_and_oneself_is_not_among_them(people, room):
    ana, ben = people.pair(room)
    assert [one["identity"] for one in ben.joined["participants"]] == ["ana"]
    assert ben.joined["participants"][0]["id"] == ana.id
    carl = people.join(room, "carl")
    for one in (ana, ben):
        event = one.event("participant.joined")
        assert event["participant"] == carl.joined["self"]
    carl.quiet("participant.joined")


def test_the_name_comes_from_the_join_then_the_token_then_the_identity(people, room):
    assert people.join(room, "a", name="Token", fields={"name": "Join"}).joined["self"]["name"] == "Join"
    assert people.join(room, "b", name="Token").joined["self"]["name"] == "Token"
    assert people.join(room, "c").joined["self"]["name"] == "c"


def test_a_token_for_any_room_needs_the_room_to_be_named(people, room):
    anyone = people.join("*", "ana", fields={"room": room})
    assert anyone.joined["room"]["id"] == room
    lost = people.connect()
    assert lost.refusal("join", token=tokens.mint("ana", "*")) == "invalid_message"


def test_a_token_for_one_room_opens_no_other(people, room):
    client = people.connect()
    assert client.refusal("join", token=tokens.mint("ana", room), room=room + "x") == "forbidden"


def test_a_token_without_a_room_opens_none(people, room):
    client = people.connect()
    assert client.refusal("join", token=tokens.mint("ana"), room=room) == "forbidden"


@pytest.mark.parametrize("bad", [{"token": 5}, {"token": None}, {}, {"token": "T", "name": 7},
                                 {"token": "T", "name": "x" * 5000}, {"token": "T", "room": ["r"]},
                                 {"token": "T", "attributes": "text"}, {"token": "T", "lastSeq": -1, "resume": "x"},
                                 {"token": "T", "attributes": {"a": "x" * 100_000}}],
                         ids=lambda bad: str(bad)[:40])
def test_a_malformed_join_is_refused_and_may_be_repeated(people, room, bad):
    client = people.connect()
    good = tokens.mint("ana", room)
    if bad.get("token") == "T":
        bad = bad | {"token": good}
    assert client.refusal("join", **bad) == "invalid_message"
    assert client.join(good)["type"] == "joined"


@pytest.mark.parametrize("name", tokens.bad_tokens("r"))
def test_a_bad_token_opens_no_room(people, room, name):
    token, code = tokens.bad_tokens(room)[name]
    client = people.connect()
    found = client.refusal("join", token=token, room=room)
    if name in {"empty", "huge"} and found == "invalid_message":
        return
    assert found == code
    assert client.closed() == 4401


def test_a_refused_join_opens_no_room(people, room, http):
    assert people.connect().refusal("join", token=tokens.mint("a", room, secret="guess")) == "unauthorized"
    assert http("GET", f"/v1/rooms/{room}").status == 404


def test_joining_twice_on_one_connection_is_refused(people, room):
    ana = people.join(room)
    assert ana.refusal("join", token=ana.token) == "already_joined"
    ana.quiet()


@pytest.mark.parametrize("kind, fields", [
    ("chat", {"text": "hello"}), ("hand", {"raised": True}), ("consent", {"recording": True}),
    ("moderate", {"action": "lock"}), ("offer", {"sdp": "v=0", "to": "p_x"}), ("answer", {"sdp": "v=0", "to": "p_x"}),
    ("candidate", {"candidate": "c", "mid": "0", "to": "p_x"}), ("mute", {"track": "t_x", "muted": True}),
    ("subscribe", {"track": "t_x", "quality": "low"}), ("leave", {})], ids=lambda value: value if isinstance(value, str) else "")
def test_who_has_not_joined_can_do_nothing(people, kind, fields):
    client = people.connect()
    assert client.refusal(kind, **fields) == "not_joined"


def test_leaving_is_told_to_the_others_and_closes_the_connection(people, room):
    ana, ben = people.pair(room)
    assert ben.request("leave")["type"] == "ok"
    assert ben.closed() == 1000
    event = ana.event("participant.left")
    assert (event["participant"], event["reason"]) == (ben.id, "left")


def test_after_leaving_the_place_cannot_be_taken_again(people, room):
    ana, ben = people.pair(room)
    ben.request("leave")
    back = people.connect()
    assert back.refusal("join", token=ben.token, resume=ben.joined["resume"]) == "resume_expired"
    assert back.join(ben.token)["type"] == "joined"


def test_the_same_user_joining_anew_replaces_the_older_connection(people, room):
    ana, ben = people.pair(room)
    again = people.join(room, "ben")
    assert ben.closed() == 4409
    assert again.id != ben.id
    assert [one["id"] for one in again.joined["participants"]] == [ana.id]
    left = ana.event("participant.left")
    assert (left["participant"], left["reason"]) == (ben.id, "replaced")
    assert ana.event("participant.joined")["participant"]["id"] == again.id


def test_the_same_user_may_be_in_two_rooms(people, room):
    one, other = people.join(room, "ana"), people.join(room + "2", "ana")
    one.quiet()
    other.quiet()


def test_an_observer_sees_and_is_not_seen(people, room, http):
    ana = people.join(room, "ana", "mentor")
    watcher = people.join(room, "inspector", "observer")
    ben = people.join(room, "ben")
    assert [one["identity"] for one in watcher.joined["participants"]] == ["ana"]
    assert [one["identity"] for one in ben.joined["participants"]] == ["ana"]
    assert watcher.event("participant.joined")["participant"]["id"] == ben.id
    assert ana.event("participant.joined")["participant"]["id"] == ben.id
    text = tokens.private_text()
    ana.request("chat", text=text)
    assert watcher.event("chat")["text"] == text
    watcher.request("leave")
    ana.quiet("participant.joined", "participant.left")


def test_times_out_who_does_not_join(people, strict_server):
    client = people.connect(strict_server)
    started = time.monotonic()
    assert client.closed() == 4408
    assert 0.5 < time.monotonic() - started < 4


def test_a_malformed_message_does_not_win_time(people, strict_server):
    client = people.connect(strict_server)
    client.send({"type": "ping", "id": 1})
    assert client.closed() == 4408


def test_the_subprotocol_is_needed(people):
    assert people.connect().socket.subprotocol == "tandem.v1"
    assert people.connect(protocols=("other", "tandem.v1")).socket.subprotocol == "tandem.v1"
    with pytest.raises((InvalidStatus, NegotiationError)):
        people.connect(protocols=("tandem.v2",))


def test_a_room_takes_no_more_than_it_may(people, room, http):
    assert http("POST", "/v1/rooms", {"id": room, "maxParticipants": 2}).status == 201
    people.pair(room)
    third = people.connect()
    assert third.refusal("join", token=tokens.mint("carl", room)) == "room_full"
    # One who is in already takes nobody's place.
    assert people.join(room, "ben").joined["type"] == "joined"


def test_a_closed_room_turns_people_away(people, room, http):
    ana, ben = people.pair(room)
    assert http("DELETE", f"/v1/rooms/{room}").status == 204
    for one in (ana, ben):
        assert one.event("room.closed")["reason"]
        assert one.closed() == 1000
    late = people.connect()
    assert late.refusal("join", token=tokens.mint("ben", room)) == "room_closed"


def test_one_user_has_so_many_connections_at_most(people, strict_server, room):
    one = people.join(room, "ana", server=strict_server)
    two = people.join(room + "2", "ana", server=strict_server)
    third = people.connect(strict_server)
    assert third.refusal("join", token=tokens.mint("ana", room + "3")) == "rate_limited"
    one.quiet()
    two.quiet()


def test_ids_tell_nothing(people, room):
    ids = {people.join(room, f"u{number}").id for number in range(5)}
    assert len(ids) == 5
    assert all(len(one) >= 16 for one in ids)


def test_tokens_in_the_address_open_nothing(people, server, room, http):
    token = tokens.mint("ana", room, admin=True)
    assert http("GET", f"/v1/rooms?token={token}&access_token={token}", token=None).status == 401
