"""How long a join takes, from the call of `connect` to the first decoded frame, in Chromium over the loopback:
`.venv/bin/python Tests/Interop/join_time.py [ROUNDS]`. Somebody who sends is in the room already; each round somebody
new comes in a page of their own. Prints one JSON with milliseconds; the goal is a median of 90."""

import json
import os
import pathlib
import platform
import statistics
import sys

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Contract")]

import browsers  # noqa: E402
from conftest import FLAGS  # noqa: E402
from guest import Guest  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from venue import Venue  # noqa: E402


def spread(values):
    ordered = sorted(values)
    return {"p50": round(statistics.median(ordered), 1), "p90": round(ordered[int(len(ordered) * 0.9)], 1),
            "least": round(ordered[0], 1), "most": round(ordered[-1], 1)}


def measure(rounds):
    venue = Venue()
    try:
        with sync_playwright() as driver:
            chromium = driver.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=FLAGS)
            browser = browsers.Chromium(chromium)
            host = Guest(browser, venue.url, "join-time", "host", tone=440, hue=0, fps=30).join()
            figures = {"joined": [], "connected": [], "firstFrame": []}
            # The first round warms both processes up and does not count.
            for number in range(rounds + 1):
                guest = Guest(browser, venue.url, "join-time", f"guest-{number}", tone=660, hue=120).join()
                guest.sees(host)
                found = guest.eval("({ joined: probe.joinedIn, connected: probe.connectedAt - probe.began, "
                                   "firstFrame: probe.firstFrame - probe.began })")
                for name in figures if number else ():
                    figures[name].append(found[name])
                guest.leave()
                guest.close()
                host.until("probe.room.participants.size === 0")
            return {"rounds": rounds, "milliseconds": {name: spread(values) for name, values in figures.items()},
                    "chromium": chromium.version, "cores": os.cpu_count(), "kernel": platform.release()}
    finally:
        venue.server.stop()


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20), indent=1))
