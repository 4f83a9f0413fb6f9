"""tls_memory.py BINARY [CONNECTIONS]: what a joined WebSocket over TLS costs the server in memory. Standard library only.
"""

import base64
import hashlib
import hmac
import json
import os
import resource
import socket
import ssl
import subprocess
import sys
import tempfile
import time


def token(identity, room):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    now = int(time.time())
    text = part({"alg": "HS256", "kid": "devkey"}) + b"." + part(
        {"sub": identity, "iat": now, "exp": now + 600, "tandem": {"room": room, "role": "student"}})
    signature = hmac.new(b"devsecret", text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def resident(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def joined(port, context, number):
    line = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
    line.sendall((f"GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Protocol: tandem.v1\r\n\r\n").encode())
    text = json.dumps({"type": "join", "id": 1, "token": token(f"u{number}", f"tls-{number // 2}")}).encode()
    line.sendall(bytes([0x81, 0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text)
    answer = b""
    while b'"type":"joined"' not in answer:
        piece = line.recv(65536)
        assert piece, answer
        answer += piece
    return line


def main(binary, count):
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = f"{folder}/certificate.pem", f"{folder}/key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            [binary, "serve", "--dev", "--http-port", str(port), "--media-port", "0", "--data-directory", f"{folder}/data",
             "--http-tls-certificate", certificate, "--http-tls-key", key, "--log-level", "warning",
             "--drain-deadline", "1s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            context = ssl.create_default_context(cafile=certificate)
            context.check_hostname = False
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.02)
            lines = [joined(port, context, number) for number in range(100)]
            before = resident(server.pid)
            lines += [joined(port, context, 100 + number) for number in range(count)]
            time.sleep(1)
            print(json.dumps({"tlsConnections": count,
                              "bytesPerTLSConnection": (resident(server.pid) - before) // count}, indent=2))
        finally:
            server.kill()
            server.wait()


main(os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
