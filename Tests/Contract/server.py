"""The server under test: started here from the binary, killed and started again, or one that runs elsewhere."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("TANDEM_BINARY", ROOT / ".build/release/tandem"))

#: Limits that hundreds of tests from one address would hit otherwise.
GENEROUS = {"limits": {"requestsPerSecond": 100_000, "requestBurst": 100_000, "authFailuresPerMinute": 10_000,
                       "messagesPerSecond": 10_000, "messageBurst": 100_000, "connectionsPerIdentity": 1000},
            # Who stops a server in the middle of a test does not wait for its calls to end.
            "drain": {"deadline": "1s"},
            # Several servers run side by side.
            "media": {"port": 0}}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def flags(settings, path=()):
    """Single values as flags of `serve`, which go before what --dev sets; `http.maxBodyBytes` is --http-max-body-bytes."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from flags(value, (*path, key))
        elif not isinstance(value, list):
            name = "-".join(re.sub(r"([A-Z])", r"-\1", part).lower() for part in (*path, key))
            yield from (f"--{name}", str(value))


def lists(settings):
    """What has no flag, for the configuration file."""
    kept = {key: lists(value) if isinstance(value, dict) else value for key, value in settings.items()}
    return {key: value for key, value in kept.items() if isinstance(value, list) or isinstance(value, dict) and value}


def merged(base, more):
    result = dict(base)
    for key, value in more.items():
        result[key] = merged(result[key], value) if isinstance(value, dict) and key in result else value
    return result


class Remote:
    """A server that somebody else has started."""

    is_ours = False

    def __init__(self, url):
        self.url = url.rstrip("/")

    @property
    def socket_url(self):
        return self.url.replace("http", "ws", 1) + "/v1/ws"


class Server(Remote):
    """A server of our own, with a data folder that survives its restarts."""

    is_ours = True
    started = []

    def __init__(self, settings=None, base=GENEROUS):
        self.folder = tempfile.TemporaryDirectory(prefix="tandem-")
        self.path = pathlib.Path(self.folder.name)
        self.log = self.path / "server.log"
        self.port = free_port()
        super().__init__(f"http://127.0.0.1:{self.port}")
        self.settings = merged(base, settings or {})
        # JSON is YAML.
        (self.path / "tandem.yaml").write_text(json.dumps(lists(self.settings)))
        self.process = None
        Server.started.append(self)

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--dev", "--config", self.path / "tandem.yaml", "--http-port", str(self.port),
                 *flags(self.settings)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.path,
                env={"TANDEM_MEDIA_PORT": "0", **os.environ, "TANDEM_DATA_DIRECTORY": str(self.path / "data")})
        self.wait_until_ready()
        return self

    def wait_until_ready(self, patience=15):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log.read_text()}")
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise RuntimeError(f"the server is not ready after {patience} s:\n{self.log.read_text()}")

    def kill(self):
        """kill -9: nothing is written any more."""
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.kill()
        return self.start()

    def stop(self, patience=15):
        """As an operator would; the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process and self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
