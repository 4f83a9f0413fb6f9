"""Where guests meet; Tests/Contract must be on the path."""

from server import Server


class Venue:
    """A server whose SFU the guests of many tests use, each test in a room of its own."""

    def __init__(self, settings=None):
        self.server = Server(settings or {}).start()
        self.url = self.server.url
