"""What a platform settles on: who was there, how long, who was late and whose connection broke; signed."""

import base64
import datetime
import json
import time

import tokens
import wire
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def plain(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_session_ends_with_a_receipt_that_anybody_can_check(people, http, room):
    begin = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=90)).isoformat()
    mentor, student = f"mia-{room}", f"sam-{room}"
    booked = http("POST", "/v1/sessions", {"mentor": {"identity": mentor}, "student": {"identity": student, "name": "Sam"},
                                           "startsAt": begin, "duration": 1800}, token=tokens.admin()).json
    path = f"/v1/sessions/{booked['id']}/receipt"
    one, other = people.connect(), people.connect()
    one.join(booked["mentor"]["token"])
    other.join(booked["student"]["token"])
    assert http("GET", path, token=tokens.admin()).status == 409
    other.request("consent", recording=True)
    secret = other.joined["resume"]
    other.drop()
    one.event("participant.updated")
    time.sleep(1)
    back = people.connect()
    back.join(booked["student"]["token"], resume=secret)
    time.sleep(0.5)
    assert http("DELETE", f"/v1/rooms/{booked['room']}", token=tokens.admin()).status == 204
    answer = http("GET", path, token=tokens.admin()).json
    header, payload, signature = answer["jws"].split(".")
    assert json.loads(plain(header))["alg"] == "EdDSA" and json.loads(plain(payload)) == answer["receipt"]
    key, = http("GET", "/v1/keys/signing", token=None).json["items"]
    assert key["kid"] == answer["key"] == json.loads(plain(header))["kid"]
    Ed25519PublicKey.from_public_bytes(plain(key["x"])).verify(plain(signature), f"{header}.{payload}".encode())
    receipt = answer["receipt"]
    assert receipt["bothPresentSeconds"] >= 0.5 and receipt["mode"] == "sfu" and receipt["endedAt"]
    sides = {side["identity"]: side for side in receipt["sides"]}
    assert sides[mentor]["interruptions"] == 0 and sides[mentor]["role"] == "mentor" and sides[mentor]["recordingConsent"] is None
    assert sides[student]["interruptions"] == 1 and 0.8 < sides[student]["interruptedSeconds"] < 10
    assert sides[student]["recordingConsent"] is True and 85 < sides[student]["lateSeconds"] < 120
    assert http("GET", path, token=tokens.mint("mia", room, "mentor")).status == 403


def test_who_never_came_is_named(http, server, room, people):
    mentor, student = f"mia-{room}", f"sam-{room}"
    booked = http("POST", "/v1/sessions", {"mentor": {"identity": mentor}, "student": {"identity": student}}, token=tokens.admin()).json
    one = people.connect()
    one.join(booked["mentor"]["token"])
    wire.call(server, "DELETE", f"/v1/rooms/{booked['room']}", token=tokens.admin())
    sides = http("GET", f"/v1/sessions/{booked['id']}/receipt", token=tokens.admin()).json["receipt"]["sides"]
    assert [(side["identity"], side["isNoShow"]) for side in sides] == [(mentor, False), (student, True)]
