"""Two browsers behind one small interface: a page is opened, asked, and closed.

Chromium is driven by Playwright over a pipe. Firefox speaks WebDriver BiDi by itself, so that neither geckodriver nor
a patched build is needed; without a sound device it would leave every AudioContext suspended, so PulseAudio with a
null sink is started along with it.
"""

import contextlib
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from websockets.sync.client import connect

FIREFOX = "/usr/bin/firefox-esr"
PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.audio.fake_frequency": 440,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.getusermedia.audio.processing.platform.enabled": False,
    "media.gmp-manager.updateEnabled": False,  # OpenH264 would be downloaded
    # Windows that nobody looks at keep their timers, and go on painting.
    "dom.min_background_timeout_value": 10,
    "layout.throttled_frame_rate": 60,
    "network.proxy.type": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "extensions.update.enabled": False,
    "services.settings.server": "data:,",
    "remote.prefs.recommended": True,
    "security.sandbox.content.level": 0,  # containers forbid what the sandbox needs
    "toolkit.shutdown.fastShutdownStage": 3,
}


class Page:
    """What both browsers' pages can do. `errors` are uncaught exceptions and the console's complaints."""

    def until(self, expression, patience=20):
        """The value of an expression once it is true."""
        ends = time.monotonic() + patience
        while not (value := self.eval(expression)):
            assert time.monotonic() < ends, f"still {value!r} after {patience} s: {expression}; errors: {self.errors}"
            time.sleep(0.05)
        return value


class ChromiumPage(Page):
    def __init__(self, browser, url):
        self.context = browser.new_context()
        self.page = self.context.new_page()
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: line.type == "error" and self.errors.append(line.text))
        self.page.goto(url)

    def eval(self, expression):
        return self.page.evaluate(f"(async () => ({expression}))()")

    def run(self, script):
        self.page.evaluate(script + ";undefined")

    def close(self):
        self.context.close()


class FirefoxPage(Page):
    def __init__(self, browser, url):
        self.browser = browser
        self.errors = []
        self.user = browser.call("browser.createUserContext")["userContext"]
        # A window each: a tab in the background stops its timers and its video.
        self.id = browser.call("browsingContext.create", type="window", userContext=self.user)["context"]
        browser.pages[self.id] = self
        browser.call("browsingContext.navigate", context=self.id, url=url, wait="complete")

    def eval(self, expression):
        # The value travels as JSON text: BiDi's own value tree says the same at greater length.
        return self._evaluate(f"(async () => JSON.stringify(await ({expression})) ?? null)()")

    def run(self, script):
        self._evaluate(f"(async () => {{ {script}; return null; }})()")

    def _evaluate(self, expression):
        answer = self.browser.call("script.evaluate", expression=expression, awaitPromise=True,
                                   target={"context": self.id}, userActivation=True)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        value = answer["result"].get("value")
        return None if value is None else json.loads(value)

    def close(self):
        self.browser.pages.pop(self.id, None)
        self.browser.call("browser.removeUserContext", userContext=self.user)


class Chromium:
    """A view on a browser that Playwright has launched."""

    name = "chromium"

    def __init__(self, browser):
        self.browser = browser

    def open(self, url):
        return ChromiumPage(self.browser, url)


class Firefox:
    name = "firefox"

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="firefox-")
        self.pages, self.replies, self.numbers = {}, {}, itertools.count(1)
        self.news = threading.Condition()
        self.exits = contextlib.ExitStack()
        self.exits.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self._start()
        except BaseException:
            self.exits.close()
            raise

    def _start(self):
        lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in PREFERENCES.items()]
        pathlib.Path(self.folder, "user.js").write_text("".join(lines))
        home = {**os.environ, "HOME": self.folder, "XDG_RUNTIME_DIR": self.folder}
        speaker = f"{self.folder}/sound.socket"
        self._process(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
             "-L", f"module-native-protocol-unix socket={speaker} auth-anonymous=1", "-L", "module-null-sink"],
            home, stderr=subprocess.DEVNULL)
        self._wait(lambda: os.path.exists(speaker), "PulseAudio does not listen")
        log = pathlib.Path(self.folder, "firefox.log")
        self._process([FIREFOX, "--headless", "--no-remote", "--profile", self.folder, "--remote-debugging-port", "0"],
                      {**home, "MOZ_CRASHREPORTER_DISABLE": "1", "PULSE_SERVER": f"unix:{speaker}"}, stderr=log.open("wb"))
        address = self._wait(lambda: re.search(r"BiDi listening on (ws://[^:]+:\d+)", log.read_text(errors="replace")),
                             "Firefox does not listen")[1]
        self.socket = self.exits.enter_context(connect(address + "/session", max_size=None, compression=None,
                                                       ping_interval=None, close_timeout=2))
        threading.Thread(target=self._read, daemon=True).start()
        self.version = self.call("session.new", capabilities={})["capabilities"]["browserVersion"]
        self.call("session.subscribe", events=["log.entryAdded"])

    def _process(self, command, environment, stderr):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr,
                                   env=environment, start_new_session=True)

        def end():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

        self.exits.callback(end)

    @staticmethod
    def _wait(condition, complaint, patience=60):
        ends = time.monotonic() + patience
        while not (value := condition()):
            if time.monotonic() > ends:
                raise RuntimeError(complaint)
            time.sleep(0.05)
        return value

    def _read(self):
        with contextlib.suppress(Exception):
            for text in self.socket:
                message = json.loads(text)
                if message["type"] == "event":
                    self._event(message)
                    continue
                with self.news:
                    self.replies[message["id"]] = message
                    self.news.notify_all()

    def _event(self, message):
        entry = message["params"]
        page = self.pages.get(entry.get("source", {}).get("context"))
        if page and message["method"] == "log.entryAdded" and entry["level"] == "error":
            page.errors.append(entry["text"])

    def call(self, method, **parameters):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        with self.news:
            if not self.news.wait_for(lambda: number in self.replies, 60):
                raise RuntimeError(f"Firefox does not answer {method}")
            reply = self.replies.pop(number)
        if reply["type"] == "error":
            raise RuntimeError(f"{reply['error']}: {reply['message']}")
        return reply["result"]

    def open(self, url):
        return FirefoxPage(self, url)

    def close(self):
        with contextlib.suppress(Exception):
            self.call("browser.close")
        self.exits.close()
