"""The servers of the media bench: each is started on loopback with a directory of its own, and ended by its process id."""

import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

JANUS = """general: {{
    configs_folder = "{folder}"
    plugins_folder = "{plugins}"
    transports_folder = "{transports}"
    events_folder = "{folder}"
    debug_level = 1
    log_to_stdout = false
    log_to_file = "{folder}/log"
    admin_secret = "bench"
    {loops}
}}
nat: {{
    nice_debug = false
    ice_enforce_list = "127.0.0.1"
}}
media: {{
    rtp_port_range = "{low}-{high}"
}}
plugins: {{ disable = "{disabled}" }}
transports: {{ disable = "{others}" }}
"""
WEBSOCKETS = """general: {{
    json = "compact"
    ws = true
    ws_ip = "127.0.0.1"
    ws_port = {port}
    wss = false
}}
"""


def free_port() -> int:
    """A port that nobody has now, below those that the system gives away by itself."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Server:
    """A process, its directory, and where it listens."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="media-bench-"))
        self.process: subprocess.Popen | None = None

    def start(self, words: list[str]) -> None:
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        text = (self.folder / "output").read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"{words[0]} does not start:\n{text}")

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Tandem(Server):
    """Our own, with its defaults but for the limits that keep one address from being a thousand people."""

    def __init__(self, binary: str, *options: str) -> None:
        super().__init__()
        self.start(
            [
                binary, "serve", "--dev", "--http-port", str(self.port), "--media-port", "0",
                "--data-directory", str(self.folder / "data"), "--http-max-connections", "20000",
                "--http-max-connections-per-address", "0", "--log-level", "warning", *options,
            ]
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Janus(Server):
    """With the VideoRoom alone, quiet, and as many event loops as there are cores; 0: a thread for each connection."""

    def __init__(self, loops: int) -> None:
        super().__init__()
        libraries = next(Path("/usr/lib").glob("*/janus"))
        plugins = [file.name for file in (libraries / "plugins").glob("libjanus_*.so")]
        transports = [file.name for file in (libraries / "transports").glob("libjanus_*.so")]
        low = random.randrange(31_000, 45_000)
        (self.folder / "janus.jcfg").write_text(
            JANUS.format(
                folder=self.folder,
                plugins=libraries / "plugins",
                transports=libraries / "transports",
                loops=f"event_loops = {loops}" if loops else "",
                low=low,
                high=low + 8_000,
                disabled=",".join(name for name in plugins if "videoroom" not in name),
                others=",".join(name for name in transports if "websockets" not in name),
            )
        )
        (self.folder / "janus.transport.websockets.jcfg").write_text(WEBSOCKETS.format(port=self.port))
        (self.folder / "janus.plugin.videoroom.jcfg").write_text("general: {}\n")
        self.start(["janus", "-F", str(self.folder), "-C", str(self.folder / "janus.jcfg")])

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @staticmethod
    def version() -> str | None:
        """None where there is none."""
        if not shutil.which("janus"):
            return None
        text = subprocess.run(["janus", "--version"], capture_output=True, text=True, check=False).stdout
        return next((line.split()[-1] for line in text.splitlines() if "version" in line.lower()), text.split()[-1])


def cores() -> int:
    return os.cpu_count() or 1
