"""Access tokens as any platform would mint them: JWT, HS256 by the standard library.

Every token that is made here is remembered, so that the last test can look for it in the server's log.
"""

import base64
import hashlib
import hmac
import json
import os
import time
import uuid

KEY = os.environ.get("TANDEM_API_KEY", "devkey")
SECRET = os.environ.get("TANDEM_API_SECRET", "devsecret")

#: What must never be found in a log: tokens, resume secrets, chat texts.
secrets_seen = set()


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(header, claims, secret):
    head = encode(json.dumps(header).encode()) + "." + encode(json.dumps(claims).encode())
    return head + "." + encode(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())


def mint(identity="somebody", room=None, role="student", *, ttl=3600, key=KEY, secret=SECRET, header=None,
         claims=None, name=None, **rights):
    """A token; `rights` go into the `tandem` claim, `header` and `claims` replace single fields (None removes)."""
    now = int(time.time())
    tandem = {"role": role, **rights}
    if room is not None:
        tandem["room"] = room
    body = {"iss": key, "sub": identity, "iat": now, "exp": now + ttl, "jti": uuid.uuid4().hex, "tandem": tandem}
    if name is not None:
        body["name"] = name
    body.update(claims or {})
    head = {"alg": "HS256", "typ": "JWT", "kid": key, **(header or {})}
    token = sign({k: v for k, v in head.items() if v is not None},
                 {k: v for k, v in body.items() if v is not None}, secret)
    secrets_seen.add(token)
    return token


def admin(**fields):
    return mint("operator", role="observer", admin=True, **fields)


def claims_of(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def private_text():
    """A chat text that occurs nowhere else."""
    text = f"between us {uuid.uuid4().hex}"
    secrets_seen.add(text)
    return text


def bad_tokens(room):
    """What no server may take, by name: (token, the code it answers with)."""
    now = int(time.time())
    good = mint("mallory", room, "mentor", admin=True)
    head, body, signature = good.split(".")
    unsigned = encode(json.dumps({"alg": "none", "kid": KEY}).encode()) + "." + body + "."
    return {
        "empty": ("", "unauthorized"),
        "no token at all": ("not-a-token", "unauthorized"),
        "two parts": (head + "." + body, "unauthorized"),
        "signature cut": (good[:-6], "unauthorized"),
        "signature of another": (f"{head}.{body}.{encode(b'0' * 32)}", "unauthorized"),
        "body changed": (f"{head}.{encode(json.dumps({'sub': 'x', 'exp': now + 60}).encode())}.{signature}",
                         "unauthorized"),
        "alg none": (unsigned, "unauthorized"),
        "alg HS512": (mint("m", room, "mentor", header={"alg": "HS512"}), "unauthorized"),
        "alg RS256 signed with the secret": (mint("m", room, "mentor", header={"alg": "RS256"}), "unauthorized"),
        "unknown key": (mint("m", room, "mentor", key="nokey"), "unauthorized"),
        "no kid": (mint("m", room, "mentor", header={"kid": None}), "unauthorized"),
        "wrong secret": (mint("m", room, "mentor", secret="guess"), "unauthorized"),
        "issuer of another key": (mint("m", room, "mentor", claims={"iss": "other"}), "unauthorized"),
        "no subject": (mint("m", room, "mentor", claims={"sub": None}), "unauthorized"),
        "no expiry": (mint("m", room, "mentor", claims={"exp": None}), "unauthorized"),
        "expired": (mint("m", room, "mentor", claims={"iat": now - 7200, "exp": now - 3600}), "token_expired"),
        "expired a second ago": (mint("m", room, "mentor", claims={"iat": now - 60, "exp": now - 1}),
                                 "token_expired"),
        "not yet valid": (mint("m", room, "mentor", claims={"nbf": now + 600}), "unauthorized"),
        "issued in the future": (mint("m", room, "mentor", claims={"iat": now + 600}), "unauthorized"),
        "good for longer than a day": (mint("m", room, "mentor", ttl=25 * 3600), "unauthorized"),
        "unknown role": (mint("m", room, "emperor"), "unauthorized"),
        "exp is text": (mint("m", room, "mentor", claims={"exp": "tomorrow"}), "unauthorized"),
        "huge": (good + "A" * 20_000, "unauthorized"),
    }
