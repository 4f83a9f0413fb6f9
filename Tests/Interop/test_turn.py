"""Through a real coturn, with the credentials that the server hands out: nothing but the relay is allowed, over UDP and over
TCP."""

import shutil
import socket
import subprocess
import time

import pytest
from test_layers import STATS
from venue import Venue

ANA, BEN = {"tone": 440, "hue": 0}, {"tone": 1000, "hue": 120}
SECRET = "between-tandem-and-coturn"
RELAY_ONLY = """(() => {
  const Plain = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Plain {
    constructor(configuration) { super({ ...configuration, iceTransportPolicy: 'relay' }); }
    setConfiguration(configuration) { super.setConfiguration({ ...configuration, iceTransportPolicy: 'relay' }); }
  };
})()"""
WAY = STATS + """.then((all) => {
  const pair = all.find((stat) => stat.type === 'candidate-pair' && stat.nominated && stat.state === 'succeeded');
  const mine = all.find((stat) => stat.id === pair?.localCandidateId);
  return `${mine?.candidateType} ${mine?.relayProtocol}`;
})"""


@pytest.fixture(scope="module")
def relay(interface, tmp_path_factory):
    assert shutil.which("turnserver"), "coturn is missing: scripts/bootstrap test installs it"
    with socket.socket() as probe:
        probe.bind((interface.address, 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("coturn")
    process = subprocess.Popen(
        ["turnserver", "-n", f"--listening-ip={interface.address}", f"--relay-ip={interface.address}",
         f"--listening-port={port}", "--use-auth-secret", f"--static-auth-secret={SECRET}", "--realm=tandem.test",
         "--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout", f"--pidfile={home}/pid", f"--userdb={home}/db"],
        cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex((interface.address, port)) == 0:
                break
        time.sleep(0.1)
    yield f"{interface.address}:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module", params=["udp", "tcp"])
def behind(request, interface, relay):
    made = Venue({"media": {"address": interface.address},
                  "turn": {"urls": [f"turn:{relay}?transport={request.param}"], "secret": SECRET}})
    made.transport = request.param
    yield made
    made.server.stop()


def test_nothing_but_the_relay_is_allowed(guests, behind):
    ana = guests("chromium", "ana", at=behind, role="mentor", **ANA)
    ben = guests("chromium", "ben", at=behind, detour=RELAY_ONLY, **BEN)
    for one, other in ((ana, ben), (ben, ana)):
        one.meets(other)
    assert ben.eval(WAY) == f"relay {behind.transport}"
