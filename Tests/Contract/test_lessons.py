"""Booked sessions around their time: reminders, absence, length, receipt and ratings, also over a kill."""

import base64
import datetime
import json
import os
import subprocess
import time

import pytest
import tokens
import wire
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from record import every_event
from server import BINARY

QUICK = {"sessions": {"noShowAfter": "2s", "reminders": ["5s", "2s"], "lateAfter": "1s", "endWarning": "57s",
                      "earlyEntry": "6s", "ratingWindow": "1h"}}


def soon(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def book(http, room):
    """A pair of whom no other test has heard."""

    def make(server, **fields):
        body = {"mentor": {"identity": f"mia-{room}", "name": "Mia"}, "student": {"identity": f"sam-{room}"}, **fields}
        answer = http("POST", "/v1/sessions", body, server=server)
        assert answer.status == 201
        return answer.json

    return make


@pytest.fixture
def told(http):
    """The session's events so far, the last of them the one named, once it is there."""

    def wait(server, session, until, patience=20):
        ends = time.monotonic() + patience
        while time.monotonic() < ends:
            found = [one for one in every_event(http, server)
                     if one["type"].startswith("session.") and one["data"].get("session", {}).get("id") == session]
            places = [index for index, one in enumerate(found) if one["type"] == f"session.{until}"]
            if places:
                return found[:places[-1] + 1]
            time.sleep(0.1)
        raise AssertionError(f"no session.{until} in {[one['type'] for one in found]}")

    return wait


def plain(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_session_from_its_reminder_to_its_receipt_over_two_kills(own_server, people, http, book, told):
    server = own_server(QUICK)
    session = book(server, startsAt=soon(8), duration=60)
    early = people.connect(server)
    assert early.refusal("join", token=session["mentor"]["token"]) == "too_early"
    told(server, session["id"], "reminder")
    server.restart()
    mentor = people.connect(server)
    joined = mentor.join(session["mentor"]["token"])
    assert joined["session"]["id"] == session["id"] and joined["session"]["duration"] == 60
    assert mentor.event("session.ending", timeout=10)["remainingSeconds"] <= 57
    absent = told(server, session["id"], "no_show")[-1]["data"]
    assert [one["role"] for one in absent["absent"]] == ["student"]
    student = people.connect(server)
    student.join(session["student"]["token"])
    assert told(server, session["id"], "late")[-1]["data"]["participant"]["identity"] == session["student"]["identity"]
    mentor.request("moderate", action="extend", seconds=600)
    assert student.event("session.extended")["session"]["duration"] == 660
    assert student.refusal("moderate", action="extend", seconds=60) == "forbidden"
    http("DELETE", f"/v1/rooms/{session['room']}", server=server)
    server.restart()
    events = told(server, session["id"], "completed")
    names = [one["type"].removeprefix("session.") for one in events]
    assert names.count("reminder") in (1, 2) and names.index("reminder") < names.index("started")
    for once in ("booked", "started", "no_show", "ending", "late", "extended", "ended", "completed"):
        assert names.count(once) == 1, names
    done = events[-1]["data"]
    header, payload, signature = done["jws"].split(".")
    key, = http("GET", "/v1/keys/signing", token=None, server=server).json["items"]
    assert key["kid"] == done["key"]
    Ed25519PublicKey.from_public_bytes(plain(key["x"])).verify(plain(signature), f"{header}.{payload}".encode())
    assert json.loads(plain(payload)) == done["receipt"]
    assert done["receipt"]["extendedSeconds"] == 600 and done["receipt"]["noShow"] == "student"
    shown = http("GET", f"/v1/sessions/{session['id']}", server=server).json
    assert (shown["duration"], shown["noShow"], shown["ratings"]) == (660, "student", [])


def test_an_operator_lengthens_a_session_and_a_repetition_does_not(http, server, book):
    session = book(server, startsAt=soon(3600), duration=1800)
    path = f"/v1/sessions/{session['id']}/extend"
    for _ in range(2):
        answer = http("POST", path, {"seconds": 600}, headers={"Idempotency-Key": session["id"]})
        assert (answer.status, answer.json["duration"], answer.json["extendedSeconds"]) == (200, 2400, 600)
    assert http("POST", path, {"duration": 3600}).json["duration"] == 3600
    assert http("POST", path, {"duration": 3600}).json["extendedSeconds"] == 1800
    for body in ({}, {"seconds": 5}, {"seconds": 600, "duration": 3600}, {"seconds": "1h"}):
        assert http("POST", path, body).status == 400
    assert http("POST", path, {"seconds": 24 * 3600}).status == 400
    assert http("POST", path, {"seconds": 600}, token=session["mentor"]["token"]).status == 403
    assert http("POST", "/v1/sessions/s_none/extend", {"seconds": 600}).status == 404
    http("DELETE", f"/v1/rooms/{session['room']}")
    assert http("POST", path, {"seconds": 600}).status == 409


def test_ratings_feed_the_profile_and_the_pair(http, server, book, people, room):
    session = book(server)
    path = f"/v1/sessions/{session['id']}/ratings"
    mia, sam = session["mentor"], session["student"]
    assert http("POST", path, {"stars": 5}, token=sam["token"]).status == 409
    for one in (mia, sam):
        people.connect().join(one["token"])
    http("PUT", f"/v1/profiles/{mia['identity']}", {"role": "mentor", "rating": {"mean": 0.5, "sessions": 1}})
    first = http("POST", path, {"stars": 4, "comment": "clear"}, token=sam["token"]).json
    assert (first["rater"], first["ratee"], first["stars"]) == (sam["identity"], mia["identity"], 4)
    assert http("POST", path, {"stars": 5}, token=sam["token"]).json["at"] == first["at"]
    assert http("POST", path, {"stars": 3, "rater": mia["identity"]}).status == 200
    for body, token in (({"stars": 6}, sam), ({"stars": 0}, sam), ({"stars": 5, "rater": mia["identity"]}, sam),
                        ({"stars": 5, "comment": "x" * 2001}, sam)):
        assert http("POST", path, body, token=token["token"]).status == 400
    assert http("POST", path, {"stars": 5}).status == 400, "an operator says whose word it is"
    stranger = tokens.mint(f"x-{room}", session["room"], "student")
    assert http("POST", path, {"stars": 1}, token=stranger).status == 403
    profile = http("GET", f"/v1/profiles/{mia['identity']}").json
    assert profile["ratings"]["count"] == 1 and profile["ratings"]["stars"] == 5
    assert profile["rating"] == {"mean": 0.5, "sessions": 1}, "what the platform said stays as it was said"
    assert http("PUT", f"/v1/profiles/{mia['identity']}", profile).json["ratings"] == profile["ratings"]
    shown = http("GET", f"/v1/sessions/{session['id']}").json["ratings"]
    assert [(one["rater"], one["stars"]) for one in shown] == [(mia["identity"], 3), (sam["identity"], 5)]
    http("DELETE", f"/v1/rooms/{session['room']}")
    # The two meet in the queue: what they said of each other counts, and what she was given.
    subject = f"algebra-{room}"
    waiting = []
    for identity, role, profile in ((mia["identity"], "mentor", {"skills": [{"name": subject, "level": 3}]}),
                                    (sam["identity"], "student", {"subjects": [{"name": subject}]})):
        waiting.append(people.connect())
        waiting[-1].request("queue.enter", token=tokens.mint(identity, role=role, match=True), profile=profile)
    parts = {one["part"]: one["value"] for one in waiting[1].event("match.found")["reasons"]}
    assert parts["history"] == pytest.approx(0.5 + (0.75 - 0.5) / 2, abs=0.01)
    # (0.6 × 5 + 0.5 + 1) / 7 and its deviation.
    assert parts["rating"] == pytest.approx(0.643 - 1.28 * (0.643 * 0.357 / 8) ** 0.5, abs=0.01)
    for one in waiting:
        one.request("queue.leave")


def test_who_is_forgotten_is_in_no_rating(http, server, book, people, told):
    session = book(server)
    for one in ("mentor", "student"):
        people.connect().join(session[one]["token"])
    http("POST", f"/v1/sessions/{session['id']}/ratings", {"stars": 5, "comment": "Mia is kind"}, token=session["student"]["token"])
    http("DELETE", f"/v1/rooms/{session['room']}")
    told(server, session["id"], "completed")
    mia = session["mentor"]["identity"]
    gone = http("DELETE", f"/v1/users/{mia}").json["erasedAs"]
    rating, = http("GET", f"/v1/sessions/{session['id']}").json["ratings"]
    assert (rating["ratee"], rating["comment"]) == (gone, None)
    events = [one for one in every_event(http, server) if one["room"] == session["room"]]
    assert mia not in json.dumps(events) and gone in json.dumps(events)
    assert [one["data"]["jws"] for one in events if one["type"] == "session.completed"] == [None]


def test_the_command_line_shows_extends_and_rates(http, server, book, people):
    session = book(server, duration=1800)
    for one in ("mentor", "student"):
        people.connect().join(session[one]["token"])

    def tandem(*words):
        done = subprocess.run([BINARY, "session", *words], capture_output=True, text=True, timeout=60, env={
            **os.environ, "TANDEM_URL": server.url, "TANDEM_API_KEY": "devkey", "TANDEM_API_SECRET": "devsecret"})
        return done.returncode, done.stdout + done.stderr

    code, text = tandem("extend", session["id"], "--by", "15m")
    assert code == 0 and "45m" in text.replace(" ", ""), text
    assert tandem("extend", session["id"])[0] == 2
    code, text = tandem("rate", session["id"], "--by", session["student"]["identity"], "--stars", "5", "--comment", "clear")
    assert code == 0 and "5 of 5" in text, text
    assert tandem("rate", session["id"], "--by", "nobody", "--stars", "5")[0] == 1
    code, text = tandem("show", session["id"])
    assert code == 0 and "clear" in text and "Extended by" in text, text
    wire.call(server, "DELETE", f"/v1/rooms/{session['room']}", token=tokens.admin())
