"""A connection that breaks: the place is kept, what was missed is told, and a restarted server knows it too."""

import pytest
import tokens
import wire


def resume(people, lost, server=None, last=None, **fields):
    back = people.connect(server)
    back.token = lost.token
    numbers = [event["seq"] for event in lost.seen]
    seq = last if last is not None else (numbers[-1] if numbers else 0)
    back.join(lost.token, resume=lost.joined["resume"], lastSeq=seq, **fields)
    return back


def test_a_lost_connection_is_told_and_its_place_kept(people, room):
    ana, ben = people.pair(room)
    ben.drop()
    event = ana.event("participant.updated")
    assert (event["participant"]["id"], event["participant"]["state"]) == (ben.id, "reconnecting")
    late = people.join(room, "carl")
    assert {one["identity"]: one["state"] for one in late.joined["participants"]}["ben"] == "reconnecting"
    back = resume(people, ben)
    assert back.id == ben.id
    event = ana.event("participant.updated")
    assert (event["participant"]["id"], event["participant"]["state"]) == (ben.id, "active")
    ana.quiet("participant.left")


def test_what_was_missed_is_told_once_and_in_order(people, room):
    ana, ben = people.pair(room)
    ana.request("chat", text=tokens.private_text())
    ben.event("chat")
    ben.drop()
    ana.event("participant.updated")
    texts = [tokens.private_text() for _ in range(3)]
    for text in texts:
        ana.request("chat", text=text)
    ana.request("hand", raised=True)
    back = resume(people, ben)
    missed = back.joined["missed"]
    assert [event["text"] for event in missed if event["type"] == "chat"] == texts
    assert missed[-1]["type"] == "hand"
    numbers = [event["seq"] for event in missed]
    assert numbers == list(range(ben.seen[-1]["seq"] + 1, ben.seen[-1]["seq"] + 1 + len(numbers)))
    # And it goes on from there.
    ana.request("chat", text=tokens.private_text())
    assert back.event("chat")["seq"] == numbers[-1] + 1
    assert back.joined["participants"][0]["handRaised"] is True


def test_what_was_on_its_way_when_the_connection_broke_is_told_again(people, room):
    ana, ben = people.pair(room)
    known = ben.seen[-1]["seq"] if ben.seen else 0
    texts = [tokens.private_text() for _ in range(3)]
    for text in texts:
        ana.request("chat", text=text)
    ben.drop()
    back = resume(people, ben, last=known)
    assert [event["text"] for event in back.joined["missed"] if event["type"] == "chat"] == texts


def test_resuming_with_nothing_missed_says_so(people, room):
    ana, ben = people.pair(room)
    ben.quiet()
    ben.drop()
    ana.event("participant.updated")
    assert resume(people, ben).joined["missed"] == []


def test_a_resume_before_the_loss_is_noticed_replaces_the_connection(people, room):
    ana, ben = people.pair(room)
    back = resume(people, ben)
    assert ben.closed() == 4409
    assert back.id == ben.id
    ana.quiet("participant.left", "participant.joined")


def test_the_secret_changes_with_each_resume(people, room):
    ana, ben = people.pair(room)
    ben.drop()
    back = resume(people, ben)
    assert back.joined["resume"] != ben.joined["resume"]
    # The client has shown that the new one arrived: the old one is worth nothing any more.
    back.request("ping")
    thief = people.connect()
    assert thief.refusal("join", token=ben.token, resume=ben.joined["resume"]) == "resume_expired"
    back.quiet()


def test_a_lost_reply_to_a_resume_does_not_cost_the_place(people, room):
    ana, ben = people.pair(room)
    ben.drop()
    unheard = resume(people, ben)
    unheard.drop()
    again = resume(people, ben)
    assert again.id == ben.id


@pytest.mark.parametrize("secret", ["", "guess", "x" * 5000])
def test_a_guessed_secret_takes_no_place(people, room, secret):
    ana, ben = people.pair(room)
    thief = people.connect()
    code = thief.refusal("join", token=ben.token, resume=secret, lastSeq=0)
    assert code == "resume_expired" or secret != "guess" and code == "invalid_message"
    ben.quiet()


def test_a_secret_alone_is_not_enough_for_somebody_else(people, room):
    ana, ben = people.pair(room)
    thief = people.connect()
    token = tokens.mint("mallory", room)
    assert thief.refusal("join", token=token, resume=ben.joined["resume"]) == "forbidden"
    bad = tokens.mint("ben", room, secret="guess")
    assert people.connect().refusal("join", token=bad, resume=ben.joined["resume"]) == "unauthorized"
    ben.quiet()


def test_who_does_not_come_back_has_left(people, strict_server, room):
    ana, ben = people.pair(room, server=strict_server)
    ben.drop()
    event = ana.event("participant.left")
    assert (event["participant"], event["reason"]) == (ben.id, "timeout")
    late = people.connect(strict_server)
    assert late.refusal("join", token=ben.token, resume=ben.joined["resume"]) == "resume_expired"


def test_who_was_kicked_has_no_place_to_resume(people, room):
    ana, ben = people.pair(room)
    ana.request("moderate", action="kick", participant=ben.id)
    assert ben.closed() == 4403
    back = people.connect()
    code = back.refusal("join", token=ben.token, resume=ben.joined["resume"])
    assert code in {"resume_expired", "unauthorized", "forbidden"}


def test_places_survive_a_killed_server(people, own_server, room):
    server = own_server()
    ana, ben = people.pair(room, server=server)
    text = tokens.private_text()
    ana.request("chat", text=text)
    ben.event("chat")
    ben.request("hand", raised=True)
    ana.event("hand")
    server.restart()
    back = resume(people, ben, server=server)
    assert back.id == ben.id
    assert back.joined["self"]["handRaised"] is True
    assert [one["id"] for one in back.joined["participants"]] == [ana.id]
    again = resume(people, ana, server=server)
    assert again.id == ana.id
    # Numbers go on where they were: no event of the new process looks like an old one.
    again.request("chat", text=tokens.private_text())
    assert back.event("chat")["seq"] > ben.seen[-1]["seq"]


def test_what_was_missed_survives_a_killed_server(people, own_server, room):
    server = own_server()
    ana, ben = people.pair(room, server=server)
    ben.quiet()
    ben.drop()
    ana.event("participant.updated")
    text = tokens.private_text()
    ana.request("chat", text=text)
    # What is acknowledged is on its way to the disk; one message later it has left the process.
    ana.request("ping")
    server.restart()
    back = resume(people, ben, server=server)
    assert text in [event.get("text") for event in back.joined["missed"]]


def test_a_lobby_and_a_lock_survive_a_killed_server(people, own_server, room):
    server = own_server()
    ana, ben = people.pair(room, server=server)
    ana.request("moderate", action="lock")
    ben.event("room.updated")
    server.restart()
    assert people.connect(server).refusal("join", token=tokens.mint("carl", room)) == "room_locked"
    assert resume(people, ben, server=server).joined["room"]["locked"] is True


def test_a_kick_survives_a_killed_server(people, own_server, room):
    server = own_server()
    ana, ben = people.pair(room, server=server)
    # One that is minted afterwards would let him in again.
    token = tokens.mint("ben", room)
    ana.request("moderate", action="kick", participant=ben.id)
    server.restart()
    code = people.connect(server).refusal("join", token=token)
    assert code in {"unauthorized", "forbidden"}


def test_stopping_the_server_tells_clients_to_come_back(people, own_server, room):
    server = own_server()
    ana, ben = people.pair(room, server=server)
    ana.drop()
    assert server.stop() == 0
    assert ben.closed() == 1012
    server.start()
    assert resume(people, ben, server=server).id == ben.id


def test_a_resume_over_a_wire_that_was_never_closed(people, room, server):
    """A changed network: the old socket is not closed by anybody, and the new one comes from elsewhere."""
    ana, ben = people.pair(room)
    back = wire.Client(server)
    back.join(ben.token, resume=ben.joined["resume"], lastSeq=0)
    ana.request("chat", text=tokens.private_text())
    assert back.event("chat")["from"] == ana.id
    back.close()
