"""From "I need help" to a room: the queue, offers, answers, and what survives."""

import time

import pytest
import tokens
import wire


class Seeker(wire.Client):
    """Somebody in the queue."""

    def enter(self, identity, role, subject, **profile):
        self.identity, self.role = identity, role
        self.token = tokens.mint(identity, role=role, name=identity.title(), match=True)
        topic = {"skills": [{"name": subject, "level": 4}]} if role == "mentor" else {"subjects": [{"name": subject}]}
        self.ticket = self.request("queue.enter", token=self.token, profile={**topic, **profile})["ticket"]
        return self


@pytest.fixture
def seek(server):
    present = []

    def come(identity, role, subject, server=server, **profile):
        present.append(Seeker(server))
        return present[-1].enter(identity, role, subject, **profile)

    yield come
    for one in present:
        one.close()


@pytest.fixture
def names(room):
    """Two names and a subject that no other test has."""
    return f"mia-{room}", f"sam-{room}", f"algebra-{room}"


def test_two_who_fit_meet_in_a_room_of_their_own(seek, names, http, server, people):
    mia, sam, subject = names
    before = http("GET", "/v1/events?after=latest", token=tokens.admin()).json["next"]
    student = seek(sam, "student", subject)
    waiting = [one for one in http("GET", "/v1/queue?limit=1000", token=tokens.admin()).json["items"] if one["identity"] == sam]
    assert [(one["ticket"], one["role"], one["state"], one["connected"]) for one in waiting] == [
        (student.ticket, "student", "waiting", True)]
    mentor = seek(mia, "mentor", subject)
    found = mentor.event("match.found")
    assert student.event("match.found")["match"] == found["match"]
    assert (found["role"], found["subject"]) == ("mentor", subject)
    assert [(one["identity"], one["name"], one["role"]) for one in found["people"]] == [(sam, sam.title(), "student")]
    assert 0 < found["score"] <= 1 and subject in " ".join(one["words"] for one in found["reasons"])
    student.request("match.accept", match=found["match"])
    mentor.quiet("match.confirmed")
    mentor.request("match.accept", match=found["match"])
    told = [one.event("match.confirmed") for one in (mentor, student)]
    assert told[0]["room"] == told[1]["room"] and told[0]["match"] == found["match"]
    match = http("GET", f"/v1/matches/{found['match']}", token=tokens.admin()).json
    assert (match["state"], match["mentor"], match["students"], match["room"]) == ("matched", mia, [sam], told[0]["room"])
    assert match["offer"]["students"][0]["reasons"]
    # Both go in with what they were given, one on the connection on which they waited.
    joined = mentor.join(told[0]["token"])
    assert (joined["self"]["identity"], joined["self"]["role"], joined["room"]["id"]) == (mia, "mentor", told[0]["room"])
    late = people.connect()
    late.join(told[1]["token"])
    mentor.event("participant.joined")
    session = http("GET", f"/v1/sessions/{told[0]['session']}", token=tokens.admin()).json
    assert (session["mentor"]["identity"], session["student"]["identity"]) == (mia, sam)
    events = http("GET", f"/v1/events?limit=1000&after={before}", token=tokens.admin()).json["items"]
    assert [one["type"] for one in events if one["data"].get("match") == found["match"]] == ["match.offered", "match.matched"]


def test_who_declines_is_not_asked_again_and_the_other_keeps_the_place(seek, names, http):
    mia, sam, subject = names
    mentor, student = seek(mia, "mentor", subject), seek(sam, "student", subject)
    match = student.event("match.found")["match"]
    mentor.event("match.found")
    student.request("match.decline", match=match)
    assert mentor.event("match.cancelled")["match"] == match
    assert student.event("match.cancelled")["reason"] == "declined"
    assert student.refusal("match.accept", match=match) == "not_found"
    time.sleep(0.5)
    mentor.quiet("match.found")
    other = seek(f"x-{sam}", "student", subject)
    assert other.event("match.found")["match"] != match
    assert http("GET", f"/v1/matches/{match}", token=tokens.admin()).json["state"] == "cancelled"


def test_who_leaves_is_gone_and_may_join_or_wait_again(seek, names, http):
    mia, sam, subject = names
    student = seek(sam, "student", subject)
    student.request("queue.leave")
    assert student.refusal("queue.leave") == "not_joined"
    mentor = seek(mia, "mentor", subject)
    time.sleep(0.3)
    mentor.quiet("match.found")
    again = student.enter(sam, "student", subject)
    assert again.event("match.found") and mentor.event("match.found")


def test_hard_rules_hold(seek, names):
    mia, sam, subject = names
    mentor = seek(mia, "mentor", subject, blocked=[sam])
    student = seek(sam, "student", subject)
    time.sleep(0.3)
    mentor.quiet("match.found")
    german = seek(f"g-{sam}", "student", subject, requires={"languages": [{"tag": "de", "level": 3}]})
    time.sleep(0.3)
    mentor.quiet("match.found")
    student.request("queue.leave")
    speaker = seek(f"s-{mia}", "mentor", subject, languages=[{"tag": "de", "level": 5}])
    assert speaker.event("match.found")["people"][0]["identity"] == german.identity
    mentor.quiet("match.found")


def test_a_room_that_was_told_into_a_dead_connection_is_told_again(seek, names):
    mia, sam, subject = names
    mentor, student = seek(mia, "mentor", subject), seek(sam, "student", subject)
    for one in (mentor, student):
        one.request("match.accept", match=one.event("match.found")["match"])
    room = student.event("match.confirmed")["room"]
    student.drop()
    assert seek(sam, "student", subject).event("match.confirmed")["room"] == room


def test_position_and_wait_are_told(seek, names):
    _, sam, subject = names
    first, second = seek(sam, "student", subject), seek(f"2-{sam}", "student", subject)
    assert first.event("queue.update")["position"] == 1
    assert second.event("queue.update")["position"] == 2
    first.request("queue.leave")
    assert second.event("queue.update", timeout=5, position=1)["ticket"] == second.ticket


@pytest.mark.parametrize("token, code, close", [
    (lambda: tokens.mint("sam", role="student"), "forbidden", 4403),
    (lambda: tokens.mint("sam", role="student", match=True, secret="guess"), "unauthorized", 4401),
    (lambda: tokens.mint("sam", role="observer", match=True), "forbidden", 4403),
], ids=["no right", "forged", "observer"])
def test_not_everybody_may_wait(server, token, code, close):
    one = wire.Client(server)
    assert one.refusal("queue.enter", token=token()) == code
    assert one.closed() == close
    one.close()


@pytest.mark.parametrize("profile, word", [
    ({"subjects": [{"name": "algebra", "level": 99}]}, "level"), ({"subjects": "algebra"}, "subjects"),
    ({"embedding": ["x"]}, "embedding"), ({"languages": [{"tag": "de"}]}, "level"),
])
def test_what_is_wrong_with_a_profile_is_named(server, http, profile, word, names):
    one = wire.Client(server)
    with pytest.raises(wire.Refused) as refused:
        one.request("queue.enter", token=tokens.mint(names[1], role="student", match=True), profile=profile)
    assert refused.value.code == "invalid_message" and word in refused.value.message["message"]
    one.close()
    answer = http("PUT", f"/v1/profiles/{names[1]}", {"role": "student", **profile}, token=tokens.admin())
    assert answer.status == 400 and word in answer.json["detail"]


def test_profiles_are_kept_and_count(seek, names, http, server):
    mia, sam, subject = names
    path = f"/v1/profiles/{mia}"
    assert http("GET", path, token=tokens.admin()).status == 404
    body = {"role": "mentor", "skills": [{"name": subject, "level": 5}], "rating": {"mean": 0.9, "sessions": 40}}
    assert http("PUT", path, body, token=tokens.admin()).json["identity"] == mia
    assert http("GET", path, token=tokens.admin()).json["rating"]["sessions"] == 40
    assert http("PUT", path, body, token=tokens.mint(mia, role="mentor", match=True)).status == 403
    mentor = wire.Client(server)
    mentor.request("queue.enter", token=tokens.mint(mia, role="mentor", match=True))
    student = seek(sam, "student", subject, rating={"mean": 1, "sessions": 10_000})
    rated = {one["part"]: one["value"] for one in student.event("match.found")["reasons"]}["rating"]
    assert rated > 0.7
    mentor.close()
    assert http("DELETE", path, token=tokens.admin()).status == 204
    assert http("GET", path, token=tokens.admin()).status == 404


def test_a_killed_server_forgets_nobody_and_doubles_nothing(own_server, names, http):
    server = own_server()
    mia, sam, subject = names
    mentor = Seeker(server).enter(mia, "mentor", subject)
    student = Seeker(server).enter(sam, "student", subject)
    lone = Seeker(server).enter(f"lone-{sam}", "student", f"other-{subject}")
    match = student.event("match.found")["match"]
    mentor.event("match.found")
    student.request("match.accept", match=match)
    server.restart()
    back = [Seeker(server).enter(mia, "mentor", subject), Seeker(server).enter(sam, "student", subject),
            Seeker(server).enter(f"lone-{sam}", "student", f"other-{subject}")]
    assert [one.ticket for one in back] == [mentor.ticket, student.ticket, lone.ticket]
    assert back[0].event("match.found")["match"] == match
    back[0].request("match.accept", match=match)
    rooms = {one.event("match.confirmed")["room"] for one in back[:2]}
    assert len(rooms) == 1
    # Nobody joined yet: after another crash the same room is told to who comes back.
    server.restart()
    again = Seeker(server)
    again.token = tokens.mint(sam, role="student", match=True)
    again.request("queue.enter", token=again.token)
    confirmed = again.event("match.confirmed")
    assert {confirmed["room"]} == rooms and confirmed["match"] == match
    queue = http("GET", "/v1/queue", token=tokens.admin(), server=server).json
    assert (queue["matches"], queue["offers"]) == (1, 0)
    for one in (mentor, student, lone, *back, again):
        one.close()


def test_the_same_person_waits_once(seek, names, server):
    _, sam, subject = names
    first = seek(sam, "student", subject)
    second = seek(sam, "student", subject)
    assert second.ticket == first.ticket
    assert first.closed() == 4409
