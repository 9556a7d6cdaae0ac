"""A device for test_board.py: it connects again and again, as its kind does, until it is killed. Run as a program, also in
a network namespace of its own; knows nothing of the bench but an address."""

from __future__ import annotations

import json
import random
import socket
import ssl
import subprocess
import sys
import time
from typing import Any, Callable

Waits = Callable[[int], float]
WAITS: dict[str, Waits] = {
    "exponential": lambda n: 0.06 * 2 ** min(n, 9),
    "jitter": lambda n: 0.06 * 2 ** min(n, 9) * random.uniform(0.55, 1.45),
    "constant": lambda n: 0.2,
    "gives-up": lambda n: 3600.0 if n > 2 else 0.05,
}


def python_client(want: dict[str, Any]) -> bool:
    context = ssl.create_default_context(cafile=want["roots"])
    if want.get("insecure"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if want.get("certificate"):
        context.load_cert_chain(want["certificate"])
    source = (want["source"], 0) if want.get("source") else None
    with socket.create_connection((want["host"], want["port"]), 10, source_address=source) as raw, \
            context.wrap_socket(raw, server_hostname=want["name"]) as tls:
        tls.sendall(b"x")
        while tls.recv(100):
            pass
    return True


class Shim:
    """A stack build in the role of the board's firmware."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, want: dict[str, Any]) -> bool:
        job = {"id": "board/board/board", "host": want["host"], "port": want["port"], "timeout_ms": 10000,
               "want": {"anchors": want["roots"], "name": want["name"], "clock": int(time.time())} | want["want"]}
        self.process.stdin.write(json.dumps(job).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["outcome"] == "connected"


def paho_client(want: dict[str, Any]) -> bool:
    """A device on paho-mqtt: it subscribes, publishes with QoS 1, and waits until it is disconnected."""
    import paho.mqtt.client as paho

    gone: list[int] = []
    client = paho.Client(want["client_id"], clean_session=want.get("clean", True))
    client.tls_set(want["roots"])
    client.on_connect = lambda c, data, flags, code: (c.subscribe("lamp/in", 1), c.publish("lamp/out", "x", 1))
    client.on_disconnect = lambda c, data, code: gone.append(code)
    client.connect(want["host"], want["port"], want.get("keep_alive", 60))
    connected = False
    while not gone and client.loop(0.1) == 0:
        connected |= client.is_connected()
    return connected


def command_client(want: dict[str, Any]) -> bool:
    """A real program; {names} in its words are of `want`."""
    words = [word.format(**want) for word in want["command"]]
    return subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode == 0


def main() -> None:
    want = json.loads(sys.argv[1])
    client = Shim(want["shim"]) if "shim" in want else command_client if "command" in want else \
        paho_client if "client_id" in want else python_client
    failures = 0
    while True:
        try:
            connected = client(want)
        except ConnectionRefusedError:
            time.sleep(0.1)
            continue
        except OSError:
            connected = False
        failures = 0 if connected else failures + 1
        time.sleep(0.02 if connected else WAITS[want.get("waits", "constant")](failures))


if __name__ == "__main__":
    main()
