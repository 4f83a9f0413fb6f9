"""`tandem load-test` against the real server: what it counts is what the server counts and what passed over the wire, what it
is asked to promise it judges, and floods beside its calls drop nobody."""

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from server import BINARY, Server

NAMES = {
    "participants", "rooms", "joined", "joinSeconds", "holdSeconds", "connectToJoined", "join", "connected", "firstMedia",
    "announcedToMedia", "latency", "jitter", "sent", "received", "sentPerSecond", "receivedPerSecond", "lost", "lossShare",
    "recovered", "duplicated", "wrong", "unauthentic", "keyFrames", "shownFrames", "roams", "roamed", "reconnects",
    "reconnected", "failures", "explanations", "server", "generator", "missed", "endedEarly",
}


@pytest.fixture
def server():
    made = Server().start()
    yield made
    made.stop()


class SafeServer(Server):
    """One that speaks HTTPS, with a certificate that nobody knows."""

    def wait_until_ready(self, patience=15):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError(self.log.read_text())


def load_test(server, *options, url=None):
    done = subprocess.run(
        [BINARY, "load-test", "--dev", "--url", url or f"http://127.0.0.1:{server.port}", "--json", *options],
        capture_output=True, text=True, timeout=90, check=False,
    )
    return done, json.loads(done.stdout) if done.stdout.startswith("{") else None


def forwarded(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=5) as answer:
        return int(float(re.search(r"^tandem_media_forwarded_total ([0-9.e+]+)$", answer.read().decode(), re.M).group(1)))


def test_counts_are_the_servers_own(server):
    done, result = load_test(server, "--rooms", "3", "--video", "vp8", "--ramp", "1s", "--hold", "4s")
    assert done.returncode == 0, done.stderr
    assert set(result) == NAMES
    assert result["joined"] == 6 and result["failures"] == {} and result["missed"] == []
    assert result["lost"] == result["wrong"] == result["unauthentic"] == result["duplicated"] == 0
    # Six people, 150 packets each a second, one receiver each.
    assert abs(result["sentPerSecond"] - 900) < 45 and abs(result["receivedPerSecond"] - 900) < 45
    assert result["shownFrames"] > 6 * 30 * 3 and result["latency"]["count"] == result["received"]
    assert result["firstMedia"]["count"] >= 3 and 0 < result["latency"]["p50"] < 50
    assert result["server"]["cpuSeconds"] > 0
    # All that the server forwarded since its start, and what was heard of it: the windows differ by the joining.
    total = forwarded(server)
    assert result["received"] < total < result["received"] * 3


def test_pays_for_every_packet_to_each_listener(server):
    done, result = load_test(
        server, "--rooms", "1", "--participants", "6", "--listeners", "50%", "--storm", "--hold", "3s", "--own-sockets"
    )
    assert done.returncode == 0, done.stderr
    # Three send, five hear each.
    assert abs(result["sentPerSecond"] - 150) < 10 and abs(result["receivedPerSecond"] - 750) < 50


def test_survives_loss_roaming_and_reconnects(server):
    done, result = load_test(
        server, "--rooms", "3", "--video", "vp8", "--ramp", "1s", "--hold", "8s", "--loss", "3%", "--roam", "100%",
        "--reconnect", "100%",
    )
    assert done.returncode == 0, done.stderr + json.dumps(result["failures"])
    assert result["joined"] == 6 and result["failures"] == {}
    assert result["recovered"] > 0 and result["wrong"] == result["unauthentic"] == 0
    assert result["lossShare"] < 0.05


def test_judges_what_it_was_asked_to(server):
    done, result = load_test(server, "--rooms", "1", "--storm", "--hold", "1s", "--max-latency-p99", "1us")
    assert done.returncode == 1 and len(result["missed"]) == 1 and "one-way latency" in result["missed"][0]
    done, _ = load_test(server, "--rooms", "1", "--max-latency-p99", "soon")
    assert done.returncode == 2 and "--max-latency-p99 is a time" in done.stderr


def test_says_why_nobody_could_join(server):
    done, result = load_test(server, "--rooms", "1", "--storm", "--hold", "1s", url="http://127.0.0.1:1")
    assert done.returncode == 1 and result["joined"] == 0 and result["failures"] == {"connection": 2}
    assert "refused" in result["explanations"]["connection"].lower()
    done, result = load_test(
        server, "--rooms", "1", "--storm", "--hold", "1s", "--api-key", "devkey", "--api-secret", "wrong-secret-of-some-length"
    )
    assert done.returncode == 1 and result["failures"] == {"unauthorized": 2}
    done, _ = load_test(server, url="http://no-such-host.invalid")
    assert done.returncode == 1 and "there is no host" in done.stderr


def test_over_tls(tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
         certificate, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )
    server = SafeServer({"http": {"tls": {"certificate": str(certificate), "key": str(key)}}}).start()
    try:
        url = f"https://127.0.0.1:{server.port}"
        done, result = load_test(server, "--rooms", "1", "--storm", "--hold", "1s", "--ca", str(certificate), url=url)
        assert done.returncode == 0 and result["joined"] == 2, done.stderr
        done, result = load_test(server, "--rooms", "1", "--storm", "--hold", "1s", url=url)
        assert done.returncode == 1 and "certificate" in result["explanations"]["connection"]
        done, result = load_test(server, "--rooms", "1", "--storm", "--hold", "1s", "--insecure", url=url)
        assert done.returncode == 0 and result["joined"] == 2, done.stderr
    finally:
        server.stop()


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_as_many_as_pass_over_the_wire(server, tmp_path):
    capture = tmp_path / "capture.pcap"
    watching = subprocess.Popen(
        ["tshark", "-q", "-i", "lo", "-f", "udp", "-w", capture], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        time.sleep(2)
        if watching.poll() is not None:
            pytest.skip("this user may not capture")
        done, result = load_test(server, "--rooms", "2", "--storm", "--hold", "3s")
        assert done.returncode == 0, done.stderr
        time.sleep(1)
    finally:
        watching.terminate()
        watching.wait(10)
    lengths = subprocess.run(
        ["tshark", "-r", capture, "-T", "fields", "-e", "udp.length"], capture_output=True, text=True, check=True
    ).stdout.split()
    # Sound is 80 bytes, with header, extensions and tag 116 to 136; each passes twice: to the server and from it.
    media = sum(1 for length in lengths if 110 <= int(length) - 8 <= 136)
    assert media >= result["sent"] + result["received"]
    assert media <= (result["sent"] + result["received"]) * 3.5


def test_calls_go_on_under_floods(server, tmp_path):
    flood = tmp_path / "flood"
    source = Path(__file__).parents[1] / "Flood" / "flood.c"
    subprocess.run(["gcc", "-O2", source, "-o", flood], check=True)
    talking = subprocess.Popen(
        [BINARY, "load-test", "--dev", "--url", f"http://127.0.0.1:{server.port}", "--json", "--rooms", "2", "--ramp", "1s",
         "--hold", "9s"],
        stdout=subprocess.PIPE, text=True,
    )
    time.sleep(3.5)
    for kind in ("stun", "hello", "garbage", "rtp"):
        subprocess.run([flood, kind, str(media_port(server)), "2000", "1"], check=True, capture_output=True)
    for kind in ("connects", "slow", "upgrade"):
        subprocess.run([flood, kind, str(server.port), "50", "1"], check=True, capture_output=True)
    result = json.loads(talking.communicate(timeout=60)[0])
    assert result["failures"] == {} and result["joined"] == 4
    assert result["lossShare"] < 0.01 and result["latency"]["p99"] < 100


def sockets(server):
    """The inodes of its sockets; descriptors come and go meanwhile."""
    for link in Path(f"/proc/{server.process.pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            yield target[8:-1]


def media_port(server):
    inodes = set(sockets(server))
    lines = [line.split() for table in ("udp", "udp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    return min(int(fields[1].rsplit(":", 1)[1], 16) for fields in lines if fields[9] in inodes)
