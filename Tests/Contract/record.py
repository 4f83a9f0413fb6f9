"""The record of events, as a platform reads it."""

import time

from wire import quoted


def every_event(http, server=None, limit=1000):
    """All events, page by page."""
    found, path = [], f"/v1/events?limit={limit}"
    while True:
        page = http("GET", path, server=server).json if server else http("GET", path).json
        found += page["items"]
        if not page["items"]:
            return found
        path = f"/v1/events?limit={limit}&after={quoted(page['next'])}"


def await_events(http, room, kind, count=1, server=None):
    """Events of a room once so many of a kind are there."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        found = [one for one in every_event(http, server) if one["room"] == room]
        if sum(one["type"] == kind for one in found) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError(f"no {kind} of {room} in {[one['type'] for one in found]}")
