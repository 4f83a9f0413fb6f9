"""The server that people on the call page and operators share; Tests/Contract must be on the path."""

import re
import time

from cable import Cable
from server import Server


class House:
    """A server behind a cable, and the links that it prints."""

    def __init__(self):
        self.server = Server().start()
        self.cable = Cable(self.server.port)

    def link(self, role):
        until = time.monotonic() + 5
        while not (found := re.search(rf"{role}:\s+\S+#token=(\S+)\s", self.server.log.read_text())):
            assert time.monotonic() < until, "the server printed no link"
            time.sleep(0.02)
        return self.link_for(found[1])

    def link_for(self, token):
        return f"{self.cable.url}/#token={token}"
