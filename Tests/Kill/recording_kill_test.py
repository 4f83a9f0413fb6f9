"""Kills a server with SIGKILL at random moments while it records, tears the ends of its files, starts it again, and checks
that every recording is there, whole, signed, and at most a second short of the moment of death.

    python Tests/Kill/recording_kill_test.py [--rounds 500] [--seed N] [--binary .build/release/tandem]
"""

import argparse
import datetime
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from kill_test import token

ROOMS = 2
ADMIN = token("kill-test", admin=True, recordings=True)


class House:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = open(self.folder / "server.log", "ab")

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "serve", "--dev", "--http-port", str(self.port), "--media-port", "0", "--data-directory",
             str(self.folder / "data"), "--limits-requests-per-second", "10000", "--limits-request-burst", "10000"],
            stdout=self.log, stderr=self.log)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            assert self.process.poll() is None, f"the server ended; see {self.log.name}"
            try:
                if urllib.request.urlopen(self.url + "/readyz", timeout=1).status == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the server is not ready after 20 s")

    def get(self, path):
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {ADMIN}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def recordings(self):
        return json.loads(self.get("/v1/recordings?limit=1000"))["items"]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        at = time.time()
        self.process.wait()
        return at


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def tear(house, recording, chance):
    """The last page as a crash may leave it: cut, or with other bytes behind it."""
    for path in (house.folder / "data" / "recordings" / recording).glob("t_*.opus"):
        size = path.stat().st_size
        with path.open("r+b") as file:
            match chance.randrange(3):
                case 0:
                    file.truncate(max(0, size - chance.randrange(1, 200)))
                case 1:
                    file.seek(size)
                    file.write(chance.randbytes(chance.randrange(1, 500)))


def check(house, one, killed, strict):
    known = json.loads(house.get(f"/v1/recordings/{one['id']}"))
    assert known["repaired"] and len(known["tracks"]) == 2, known
    lost = killed - (seconds(known["startedAt"]) + known["durationMilliseconds"] / 1000)
    assert lost < 1.0, f"{one['id']} lost {lost:.2f} s"
    # Of one that had just begun nothing may be there yet: then there is nothing to mix either.
    if known["durationMilliseconds"] == 0:
        return lost
    assert known["state"] == "ready", known
    verdict = json.loads(house.get(f"/v1/recordings/{one['id']}/verify"))
    assert verdict["sound"], verdict
    if strict:
        for name in ["mix.opus", *(track["file"] for track in known["tracks"])]:
            path = house.folder / "heard.opus"
            path.write_bytes(house.get(f"/v1/recordings/{one['id']}/{name}"))
            said = subprocess.run(["opusinfo", path], capture_output=True, text=True, timeout=30)
            text = said.stdout + said.stderr
            assert said.returncode == 0 and "WARNING" not in text and "ERROR" not in text, text
    return lost


def round_trip(house, chance, number, seen):
    house.start()
    players = subprocess.Popen(
        [house.binary, "load-test", "--url", house.url, "--dev", "--record", "--rooms", str(ROOMS), "--storm",
         "--hold", "60s", "--json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        fresh = []
        while len(fresh) < ROOMS:
            assert time.monotonic() < until, "no recording began"
            time.sleep(0.05)
            fresh = [one for one in house.recordings() if one["id"] not in seen and one["state"] == "recording"]
        time.sleep(chance.uniform(0.3, 3))
        killed = house.kill()
    finally:
        players.kill()
        players.wait()
    for one in fresh:
        tear(house, one["id"], chance)
    house.start()
    until = time.monotonic() + 30
    while any(one["state"] in ("recording", "processing") for one in house.recordings()):
        assert time.monotonic() < until, house.recordings()
        time.sleep(0.05)
    lost = [check(house, one, killed, number % 10 == 0) for one in fresh]
    seen.update(one["id"] for one in fresh)
    assert len(house.recordings()) == len(seen), "the catalogue has more or fewer than were begun"
    house.kill()
    return lost


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--binary", default=os.environ.get("TANDEM_BINARY", ".build/release/tandem"))
    given = parser.parse_args()
    chance = random.Random(given.seed)
    print(f"seed {given.seed}", flush=True)
    lost = []
    with tempfile.TemporaryDirectory(prefix="tandem-kill-") as folder:
        house, seen = House(given.binary, folder), set()
        for number in range(given.rounds):
            try:
                lost += round_trip(house, chance, number, seen)
            except BaseException:
                print(f"round {number}:", pathlib.Path(house.log.name).read_text()[-3000:], file=sys.stderr)
                house.process.kill()
                raise
            if number % 10 == 9 or number == given.rounds - 1:
                print(f"{number + 1} kills, {len(seen)} recordings whole, lost {1000 * sum(lost) / len(lost):.0f} ms on "
                      f"average, {1000 * max(lost):.0f} ms at most", flush=True)


if __name__ == "__main__":
    main()
