"""What operators and data-protection officers do with recordings, by the command line: find, hear, check, hold, erase, give
people what is theirs."""

import hashlib
import json
import os
import pathlib
import sqlite3
import subprocess
import tarfile
import time

import pytest
import sound
import tokens
import wire
from recordings import archive, come, consenting, studio  # noqa: F401
from server import BINARY


@pytest.fixture
def desk(studio):
    """The command line of somebody with the server's key; `refused` is what it complains of."""
    def run(*words, refused=None, folder=None):
        done = subprocess.run(
            [str(BINARY), *words, "--url", studio.server.url], capture_output=True, text=True, timeout=60, cwd=folder,
            env={**os.environ, "TANDEM_API_KEY": tokens.KEY, "TANDEM_API_SECRET": tokens.SECRET, "NO_COLOR": "1"})
        if refused is None:
            assert done.returncode == 0, done.stderr
            return done.stdout
        assert done.returncode == 1 and refused in done.stderr, done.stderr
        return done.stdout

    return run


def recorded(come, archive, seconds=2.5):
    ana, ben = consenting(come)
    recording = ana.send("recording.start")["recording"]
    time.sleep(seconds)
    ana.send("recording.stop")
    return ana, ben, archive.ready(recording)


def test_found_shown_fetched_and_checked(come, archive, studio, desk, tmp_path):
    ana, ben, shown = recorded(come, archive)
    recording = shown["id"]
    assert recording in desk("recording", "list", "--identity", "ana")
    assert json.loads(desk("recording", "list", "--identity", "nobody", "--json"))["items"] == []
    drawn = desk("recording", "show", recording)
    assert "█" in drawn and "talked 0:0" in drawn and "Ana" in drawn
    assert "as signed" in desk("recording", "verify", recording)

    # A try that was broken off left half of a file.
    whole = archive.fetch(recording, "mix.opus").read_bytes()
    tag = archive.get(f"/v1/recordings/{recording}/mix.opus").headers["etag"].strip('"')
    folder = tmp_path / recording
    folder.mkdir()
    (folder / f"mix.opus.{tag}.part").write_bytes(whole[:1000])
    desk("recording", "download", recording, "--reason", "review", folder=tmp_path)
    assert (folder / "mix.opus").read_bytes() == whole
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == {"mix.opus", "metadata.json", "analysis.json", "manifest.json", *(one["file"] for one in shown["tracks"])}
    for one in json.loads((folder / "manifest.json").read_bytes())["files"]:
        assert hashlib.sha256((folder / one["name"]).read_bytes()).hexdigest() == one["sha256"]
    accesses = archive.get(f"/v1/recordings/{recording}/access", token=tokens.admin()).json["items"]
    assert any(one["file"] == "mix.opus" and one["reason"] == "review" for one in accesses)

    # The manifest stands before others by the public key alone.
    key, = wire.call(studio.server, "GET", "/v1/keys/signing").json["items"]
    assert (key["kty"], key["crv"]) == ("OKP", "Ed25519")
    proof = archive.get(f"/v1/recordings/{recording}").json["proof"]
    assert proof["publicKey"] == key["x"] and proof["key"] == key["kid"]
    check_signature(key["x"], proof["signature"], (folder / "manifest.json").read_bytes(), tmp_path)

    # One bit of one file.
    track = shown["tracks"][0]
    path = studio.server.path / "data" / "recordings" / recording / pathlib.Path(track["file"]).name
    good = path.read_bytes()
    path.write_bytes(good[:300] + bytes([good[300] ^ 1]) + good[301:])
    assert track["file"] in desk("recording", "verify", recording, refused="was changed on the disk")
    path.write_bytes(good)
    desk("recording", "verify", recording)

    desk("recording", "analyse", recording)
    again = archive.ready(recording)
    assert again["proof"]["previous"] == proof["sha256"]
    desk("recording", "verify", recording)
    desk("recording", "hold", recording, "--reason", "case 12")
    desk("recording", "delete", recording, refused="case 12")
    desk("recording", "release", recording)
    desk("recording", "delete", "--room", "lesson")
    desk("recording", "show", recording, refused="no such recording")


def check_signature(public, signature, message, folder):
    """By OpenSSL's own command line."""
    def plain(text):
        import base64
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    # RFC 8410: the twelve bytes that say that an Ed25519 key follows.
    (folder / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + plain(public))
    (folder / "signature").write_bytes(plain(signature))
    (folder / "message").write_bytes(message)
    subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder / "key.der", "-rawin",
                    "-in", folder / "message", "-sigfile", folder / "signature"], check=True, capture_output=True)


def test_a_person_gets_what_is_theirs_and_is_forgotten(come, archive, studio, desk, tmp_path):
    ana, ben, shown = recorded(come, archive)
    recording = shown["id"]
    mine = archive.track(shown, "ben")
    data = studio.server.path / "data"
    with sqlite3.connect(f"file:{next(data.glob('*.db'))}?mode=ro", uri=True) as database:
        secret, = database.execute("select sealed_key from recording_tracks where id = ?", (mine["id"],)).fetchone()
    assert holders(data, secret)

    desk("user", "export", "ben", "--output", str(tmp_path / "ben.tar"))
    with tarfile.open(tmp_path / "ben.tar") as packed:
        assert packed.getnames() == ["person.json", f"recordings/{recording}/{mine['id']}.opus"]
        about = json.load(packed.extractfile("person.json"))
        packed.extractall(tmp_path, filter="data")
    assert about["consents"][0]["given"] and about["participations"][0]["name"] == "Ben"
    assert abs(sound.pitch(sound.samples(tmp_path / "recordings" / recording / f"{mine['id']}.opus", 1)[:, 0]) - 1000) < 5

    desk("user", "erase", "ben", refused="remove them from it first")
    ben.leave()
    desk("recording", "hold", recording, "--reason", "case 12")
    desk("user", "erase", "ben", refused="end the hold first")
    desk("recording", "release", recording)
    done = json.loads(desk("user", "erase", "ben", "--reason", "asked for", "--json"))
    assert done["tracks"] == 1 and done["erasedAs"].startswith("erased_")
    shown = archive.ready(recording)
    assert {one["identity"] for one in shown["tracks"]} == {"ana", done["erasedAs"]}
    desk("recording", "verify", recording)
    for name in ("metadata.json", "analysis.json"):
        assert "ben" not in archive.fetch(recording, name).read_text().lower()
    left, _ = sound.samples(archive.fetch(recording, "mix.opus")).T
    assert abs(sound.pitch(left) - 440) < 5
    # No file anywhere has the key of that voice any more, nor the voice.
    assert not holders(data, secret)
    assert not list(data.rglob(f"{mine['id']}*"))
    events = wire.call(studio.server, "GET", "/v1/events?limit=1000", token=tokens.admin()).body.decode().lower()
    assert '"ben"' not in events
    assert json.loads(desk("session", "list", "--identity", "ben", "--json"))["items"] == []


def holders(folder, secret):
    return [path for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]
