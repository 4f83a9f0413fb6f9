"""A network interface for machines that have none but the loopback: over lo alone Firefox and others gather no
candidate at all. What is sent to it stays on this machine, since all of its traffic is for its own address."""

import fcntl
import os
import pathlib
import struct
import subprocess

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
NAME, ADDRESS = "tandem-test", "198.18.71.1"


def address(family=4):
    """One of this machine's addresses that is neither the loopback's nor link-local, or None."""
    for flags in pathlib.Path("/sys/class/net").glob("*/flags"):
        if flags.parent.name == "lo" or not int(flags.read_text(), 16) & 1:
            continue
        shown = subprocess.run(
            ["ip", f"-{family}", "-o", "addr", "show", "scope", "global", "dev", flags.parent.name],
            capture_output=True, text=True, check=False).stdout.split()
        word = "inet" if family == 4 else "inet6"
        if word in shown:
            return shown[shown.index(word) + 1].split("/")[0]
    return None


class Interface:
    """An address to be reached at: that of the machine, or of a TUN device that lives as long as this object."""

    def __init__(self):
        self.device = None
        self.address = address()
        if self.address:
            return
        self.device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.device, TUNSETIFF, struct.pack("16sH", NAME.encode(), IFF_TUN | IFF_NO_PI))
        for command in (["addr", "add", f"{ADDRESS}/24", "dev", NAME], ["link", "set", NAME, "up"],
                        # Browsers learn their address by asking which one the kernel would use for the outside.
                        ["route", "add", "default", "dev", NAME]):
            subprocess.run(["ip", *command], check=True)
        self.address = ADDRESS

    def close(self):
        if self.device is not None:
            os.close(self.device)
