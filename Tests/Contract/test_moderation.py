"""What moderators may do, and nobody else: lobby, lock, kick, mute, end."""

import pytest
import tokens


@pytest.fixture
def lobby(http, room):
    assert http("POST", "/v1/rooms", {"id": room, "lobby": True}).status == 201
    return room


def wait(people, room, identity="ben"):
    """Somebody in the lobby."""
    waiting = people.join(room, identity, name=identity.title())
    assert waiting.joined["type"] == "waiting"
    return waiting


def test_the_lobby_holds_back_and_a_moderator_lets_in(people, lobby):
    ana = people.join(lobby, "ana", "mentor")
    assert ana.joined["type"] == "joined"
    ben = wait(people, lobby)
    knock = ana.event("waiting")["participant"]
    assert (knock["identity"], knock["name"], knock["state"]) == ("ben", "Ben", "waiting")
    ben.quiet("chat", "participant.joined")
    assert ana.request("moderate", action="admit", participant=knock["id"])["type"] == "ok"
    admitted = ben.event("admitted")
    assert admitted["self"]["id"] == knock["id"] and admitted["self"]["state"] == "active"
    assert [one["id"] for one in admitted["participants"]] == [ana.id]
    assert set(admitted) >= {"self", "room", "participants", "iceServers", "resume", "server"}
    assert ana.event("participant.joined")["participant"]["id"] == knock["id"]
    text = tokens.private_text()
    ana.request("chat", text=text)
    assert ben.event("chat")["text"] == text


def test_a_moderator_who_comes_later_learns_who_waits(people, lobby):
    ben = wait(people, lobby)
    ana = people.join(lobby, "ana", "mentor")
    waiting = ana.joined["waiting"]
    assert [one["identity"] for one in waiting] == ["ben"]
    ana.request("moderate", action="admit", participant=waiting[0]["id"])
    assert ben.event("admitted")["self"]["identity"] == "ben"


def test_who_is_denied_is_sent_away(people, lobby):
    ana = people.join(lobby, "ana", "mentor")
    ben = wait(people, lobby)
    knock = ana.event("waiting")["participant"]
    ana.request("moderate", action="deny", participant=knock["id"])
    assert ben.event("denied")
    assert ben.closed() == 4403
    gone = ana.event("participant.left")
    assert (gone["participant"], gone["reason"]) == (knock["id"], "denied")
    ana.quiet("participant.joined")


def test_who_waits_hears_and_does_nothing(people, lobby):
    ana = people.join(lobby, "ana", "mentor")
    ben = wait(people, lobby)
    ana.request("chat", text=tokens.private_text())
    ana.request("hand", raised=True)
    ben.quiet("chat", "hand", "participant.joined", "participant.updated")
    for kind, fields in (("chat", {"text": "let me in"}), ("hand", {"raised": True}),
                         ("moderate", {"action": "admit", "participant": "x"})):
        assert ben.refusal(kind, **fields) in {"not_joined", "forbidden"}
    ana.quiet("chat", "hand")


def test_others_do_not_learn_who_waits(people, lobby):
    ana = people.join(lobby, "ana", "mentor")
    ben = wait(people, lobby)
    ana.request("moderate", action="admit", participant=ana.event("waiting")["participant"]["id"])
    ben.event("admitted")
    wait(people, lobby, "carl")
    ben.quiet("waiting", "participant.joined")


def test_giving_up_waiting_is_told(people, lobby):
    ana = people.join(lobby, "ana", "mentor")
    ben, carl = wait(people, lobby, "ben"), wait(people, lobby, "carl")
    ids = [ana.event("waiting")["participant"]["id"] for _ in range(2)]
    ben.request("leave")
    assert ana.event("participant.left")["participant"] == ids[0]
    carl.drop()
    assert ana.event("participant.left")["participant"] == ids[1]


def test_admitting_who_does_not_wait_is_refused(people, lobby):
    ana = people.join(lobby, "ana", "mentor")
    for action in ("admit", "deny"):
        assert ana.refusal("moderate", action=action, participant="p_nobody") == "unknown_participant"
        assert ana.refusal("moderate", action=action, participant=ana.id) == "unknown_participant"


def test_who_was_admitted_can_resume(people, lobby):
    ana = people.join(lobby, "ana", "mentor")
    ben = wait(people, lobby)
    ana.request("moderate", action="admit", participant=ana.event("waiting")["participant"]["id"])
    admitted = ben.event("admitted")
    ben.drop()
    ana.event("participant.updated")
    text = tokens.private_text()
    ana.request("chat", text=text)
    back = people.connect()
    joined = back.join(ben.token, resume=admitted["resume"], lastSeq=admitted["seq"])
    assert joined["type"] == "joined"
    assert [event["text"] for event in joined["missed"] if event["type"] == "chat"] == [text]


def test_a_lock_keeps_newcomers_out_and_those_inside_in(people, room):
    ana, ben = people.pair(room)
    assert ana.request("moderate", action="lock")["type"] == "ok"
    for one in (ana, ben):
        assert one.event("room.updated")["room"]["locked"] is True
    assert people.connect().refusal("join", token=tokens.mint("carl", room)) == "room_locked"
    # Who reloads the page comes back, and so does a moderator.
    assert people.join(room, "ben").joined["room"]["locked"] is True
    people.join(room, "second", "mentor")
    ana.request("moderate", action="unlock")
    assert people.join(room, "carl").joined["room"]["locked"] is False


def test_locking_twice_tells_nobody_anew(people, room):
    ana, ben = people.pair(room)
    ana.request("moderate", action="lock")
    ben.event("room.updated")
    ana.request("moderate", action="lock")
    ben.quiet("room.updated")


def test_who_is_kicked_is_out_and_stays_out(people, room):
    ana, ben = people.pair(room)
    carl = people.join(room, "carl")
    assert ana.request("moderate", action="kick", participant=ben.id)["type"] == "ok"
    assert ben.closed() == 4403
    for one in (ana, carl):
        event = one.event("participant.left")
        assert (event["participant"], event["reason"]) == (ben.id, "kicked")
    assert people.connect().refusal("join", token=ben.token) in {"unauthorized", "forbidden"}
    assert people.connect().refusal("join", token=tokens.mint("ben", room)) in {"unauthorized", "forbidden"}
    # Only from this room.
    assert people.join(room + "2", "ben").joined["type"] == "joined"


def test_ending_the_call_ends_it_for_all(people, room, http):
    ana, ben = people.pair(room)
    assert ana.request("moderate", action="end")["type"] == "ok"
    for one in (ana, ben):
        assert one.event("room.closed")["reason"] == "ended"
        assert one.closed() == 1000
    assert people.connect().refusal("join", token=ben.token) == "room_closed"
    assert http("GET", f"/v1/rooms/{room}").status == 404


def test_who_waits_is_told_when_the_room_closes(people, lobby, http):
    people.join(lobby, "ana", "mentor")
    ben = wait(people, lobby)
    http("DELETE", f"/v1/rooms/{lobby}")
    assert ben.event("room.closed")
    assert ben.closed() == 1000


@pytest.mark.parametrize("action", ["mute", "kick", "lock", "unlock", "admit", "deny", "end"])
@pytest.mark.parametrize("role", ["student", "observer"])
def test_only_moderators_moderate(people, room, action, role):
    ana = people.join(room, "ana", "mentor")
    other = people.join(room, "other", role)
    assert other.refusal("moderate", action=action, participant=ana.id, track="t_x") == "forbidden"
    ana.quiet("room.updated", "room.closed", "participant.left")


def test_a_mentor_of_another_room_has_no_power_here(people, room):
    ana, ben = people.pair(room)
    stranger = people.join(room + "2", "stranger", "mentor")
    assert stranger.refusal("moderate", action="kick", participant=ben.id) == "unknown_participant"
    assert stranger.request("moderate", action="lock")["type"] == "ok"
    ben.quiet("room.updated", "participant.left")


def test_nobody_kicks_who_is_not_there(people, room):
    ana = people.join(room, "ana", "mentor")
    assert ana.refusal("moderate", action="kick", participant="p_nobody") == "unknown_participant"
