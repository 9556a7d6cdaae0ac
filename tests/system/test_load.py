"""Many peers, bad ones beside good ones, and what happens when descriptors or memory run out: who is connected stays so."""

from __future__ import annotations

import fcntl
import json
import os
import random
import resource
import socket
import ssl
import struct
import termios
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

import test_endpoint
from test_endpoint import ROOT, Endpoint, client_hello, context, exchange, pki, start, state  # noqa: F401
from test_mqtt import Client, connect, mqtt_state, packet, publication, wait_for

Start = Callable[..., Endpoint]
Event = dict[str, Any]
PING, PONG = packet(0xc0, b""), b"\xd0\0"
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Events(threading.Thread):
    """Reads them as they come: an endpoint whose pipe is full waits."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(daemon=True)
        self.endpoint, self.seen = endpoint, list[Event]()
        self.start()

    def run(self) -> None:
        for line in self.endpoint.process.stdout:
            self.seen.append(json.loads(line))

    def of(self, event: str) -> list[Event]:
        return [e for e in list(self.seen) if e["event"] == event]

    def finish(self) -> list[Event]:
        """Ends the endpoint in good order; all connections that there were."""
        self.endpoint.process.stdin.close()
        err = self.endpoint.process.stderr.read().decode()
        assert self.endpoint.process.wait(60) == 0, err
        self.join(30)
        return self.of("connection")


def files(endpoint: Endpoint) -> int:
    return len(os.listdir(f"/proc/{endpoint.process.pid}/fd"))


def files_limit(endpoint: Endpoint, count: int) -> None:
    resource.prlimit(endpoint.process.pid, resource.RLIMIT_NOFILE, (count, 4096))


def unacknowledged(sock: socket.socket) -> int:
    """Bytes that the other kernel has not got."""
    return struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0]


def opened(pki: Path, endpoint: Endpoint, name: str, version: ssl.TLSVersion) -> ssl.SSLSocket:
    tls = context(pki, version).wrap_socket(endpoint.connect(name), server_hostname="localhost")
    tls.settimeout(30)
    return tls


def echo(tls: ssl.SSLSocket) -> None:
    tls.sendall(b"x")
    assert tls.recv(1) == b"x"


def ping(client: Client) -> None:
    client.tls.sendall(PING)
    assert client.packet() == PONG


# --- a rollover

@pytest.mark.parametrize("action", ["change", "remove"])
def test_a_rollover_drops_nobody(pki: Path, start: Start, action: str) -> None:
    """MQTT devices and TLS clients that are up when the state changes, or goes, stay up and are served on."""
    endpoint = start([mqtt_state(pki, "s/mqtt"), state(pki, "s/byte")])
    events = Events(endpoint)
    devices = [Client(pki, endpoint, "s/mqtt").connected(f"device-{i}") for i in range(60)]
    clients = [opened(pki, endpoint, "s/byte", VERSIONS[i % 2]) for i in range(60)]
    for name in ("s/mqtt", "s/byte"):
        after = state(pki, name, chain="leaf.der") | {"tls": {"min": "1.3", "max": "1.3"}}
        endpoint.control(action, after if action == "change" else name)
    wait_for(lambda: len(events.of(action + "d")) == 2)
    for device in devices:
        ping(device)
    for client in clients:
        echo(client)
    assert events.of("connection") == []
    for sock in (*clients, *(d.tls for d in devices)):
        sock.close()
    wait_for(lambda: len(events.of("connection")) == 120)
    assert {(e["handshake"], e["close"]["by"], e["limit"]) for e in events.finish()} == {("done", "peer", None)}


def test_rollovers_while_clients_come(pki: Path, start: Start) -> None:
    """Each is served by the chain of before or of after, whole; none is turned away by the change itself."""
    endpoint = start([state(pki, "s/a")])
    events, over = Events(endpoint), threading.Event()
    failed: list[BaseException] = []

    def come() -> None:
        while not over.is_set():
            try:
                exchange(pki, endpoint)
            except BaseException as e:  # whatever it is, it is told
                failed.append(e)

    threads = [threading.Thread(target=come) for _ in range(4)]
    for t in threads:
        t.start()
    for i in range(40):
        endpoint.control("change", state(pki, "s/a", chain="leaf.der" if i % 2 == 0 else "chain.der"))
        wait_for(lambda: len(events.of("changed")) == i + 1)
        seen = len(events.of("connection"))
        wait_for(lambda: len(events.of("connection")) > seen + 4)
    over.set()
    for t in threads:
        t.join()
    assert failed == []
    served = events.finish()
    assert {e["handshake"] for e in served} == {"done"}
    assert {e["certificates"] for e in served} == {1, 2}


# --- bad peers beside good ones

Sabotage = Callable[[Path, Endpoint, threading.Event], None]


def drip(pki: Path, endpoint: Endpoint, over: threading.Event) -> None:
    """Half a ClientHello, byte by byte, again and again."""
    while not over.is_set():
        with endpoint.connect("s/byte") as sock:
            for byte in client_hello(pki)[:100]:
                sock.sendall(bytes([byte]))
                over.wait(0.01)


def half_open(pki: Path, endpoint: Endpoint, over: threading.Event) -> None:
    """Peers that say hello and never go on, and some that say nothing."""
    with ExitStack() as held:
        for i in range(100):
            sock = held.enter_context(endpoint.connect("s/byte"))
            sock.sendall(client_hello(pki) if i % 2 else b"")
        over.wait()


def come_and_go(pki: Path, endpoint: Endpoint, over: threading.Event) -> None:
    """Connections as fast as they can be made, ended by RST."""
    while not over.is_set():
        sock = endpoint.connect("s/byte")
        sock.sendall(client_hello(pki)[:random.randrange(1, 200)])
        test_endpoint.reset(sock)


def no_tls(pki: Path, endpoint: Endpoint, over: threading.Event) -> None:
    """Noise, and noise behind a good ClientHello."""
    while not over.is_set():
        for name in ("s/byte", "s/mqtt"):
            with endpoint.connect(name) as sock:
                sock.settimeout(0.5)  # half a record may be whole one day
                try:
                    sock.sendall(client_hello(pki) * (random.random() < 0.5) + random.randbytes(3000))
                    test_endpoint.read_all(sock)
                except OSError:
                    pass


def no_mqtt(pki: Path, endpoint: Endpoint, over: threading.Event) -> None:
    """Noise inside TLS, first or behind a good CONNECT."""
    while not over.is_set():
        bad = Client(pki, endpoint, "s/mqtt")
        bad.tls.settimeout(0.5)  # half a packet, too
        try:
            bad.tls.sendall(connect("bad") * (random.random() < 0.5) + random.randbytes(500))
            bad.is_closed()
        except OSError:
            pass
        bad.tls.close()


def flood(pki: Path, endpoint: Endpoint, over: threading.Event) -> None:
    """Publishes without an end to itself and reads nothing."""
    bad = Client(pki, endpoint, "s/mqtt").connected("flood")
    bad.tls.sendall(b"\x82\x0a\0\1\0\5flood\0")
    bad.tls.settimeout(0.2)
    while not over.is_set():
        try:
            bad.tls.sendall(publication("flood", bytes(50_000)))
        except TimeoutError:
            over.wait()
        except OSError:
            return
    bad.tls.close()


BAD: dict[str, Sabotage] = {f.__name__: f for f in (drip, half_open, come_and_go, no_tls, no_mqtt, flood)}


@contextmanager
def beside(pki: Path, endpoint: Endpoint, names: list[str]) -> Iterator[None]:
    over = threading.Event()
    threads = [threading.Thread(target=BAD[name], args=(pki, endpoint, over)) for name in names]
    for t in threads:
        t.start()
    try:
        yield
        assert all(t.is_alive() for t in threads), "they were there all the time"
    finally:
        over.set()
        for t in threads:
            t.join(60)


@pytest.mark.parametrize("names", [*([name] for name in BAD), list(BAD)], ids="-".join)
def test_bad_peers_harm_nobody_else(pki: Path, start: Start, names: list[str]) -> None:
    """Who is connected is served on, and so is who comes, each within seconds; nothing is the endpoint's own fault."""
    endpoint = start([mqtt_state(pki, "s/mqtt"), state(pki, "s/byte")], connections=1000)
    events = Events(endpoint)
    device = Client(pki, endpoint, "s/mqtt").connected("good")
    client = opened(pki, endpoint, "s/byte", VERSIONS[1])
    slowest = 0.0
    with beside(pki, endpoint, names):
        for i in range(40):
            began = time.monotonic()
            ping(device)
            exchange(pki, endpoint, "s/byte", version=VERSIONS[i % 2])
            slowest = max(slowest, time.monotonic() - began)
        late = Client(pki, endpoint, "s/mqtt").connected("late")
        ping(late)
        echo(client)
    for tls in (device.tls, client, late.tls):
        tls.close()
    assert slowest < 5
    seen = events.finish()
    assert sum(e["handshake"] == "done" and e["state"] == "s/byte" for e in seen) >= 41
    assert not any(e["harness_short"] for e in seen)


# --- descriptors run out

def test_silent_peers_give_their_descriptors_up(pki: Path, start: Start) -> None:
    """Where no descriptor is left, who has said nothing is ended for who comes, and for its connection to the broker."""
    endpoint = start([mqtt_state(pki, "s/mqtt"), state(pki, "s/byte")], handshake_ms=60000)
    events, before = Events(endpoint), files(endpoint)
    files_limit(endpoint, before + 40)
    with ExitStack() as held:
        for _ in range(120):
            held.enter_context(endpoint.connect("s/byte"))
        for _ in range(20):
            exchange(pki, endpoint, "s/byte")
        devices = [Client(pki, endpoint, "s/mqtt").connected(f"device-{i}") for i in range(10)]
        for device in devices:
            ping(device)
            device.tls.close()
    wait_for(lambda: files(endpoint) == before)
    seen = events.finish()
    assert sum(e["handshake"] == "done" for e in seen) == 30
    ended = [e for e in seen if e["limit"] == "connections"]
    assert len(ended) >= 40
    assert {(e["handshake"], e["harness_short"]) for e in ended} == {("none", True)}


def test_who_is_connected_keeps_its_descriptor(pki: Path, start: Start) -> None:
    """With more peers than descriptors, all of whom have said hello, the rest waits until they leave."""
    endpoint = start([state(pki, "s/a")], handshake_ms=60000)
    events, before = Events(endpoint), files(endpoint)
    files_limit(endpoint, before + 20)
    first = [opened(pki, endpoint, "s/a", VERSIONS[i % 2]) for i in range(20)]
    rest = [endpoint.connect() for _ in range(20)]
    for sock in rest:
        sock.sendall(client_hello(pki))
    for client in first:
        echo(client)
    assert events.of("connection") == []
    for client in first:
        client.close()
    for sock in rest:
        assert sock.recv(1) == b"\x16"
        sock.close()
    wait_for(lambda: files(endpoint) == before)
    exchange(pki, endpoint)
    seen = events.finish()
    assert sorted(e["handshake"] for e in seen) == ["done"] * 21 + ["failed"] * 20
    assert {e["close"]["by"] for e in seen} == {"peer"}


def test_who_waited_with_its_hello_is_heard(pki: Path, start: Start) -> None:
    """It is no silent peer for the next that waits, though its ClientHello is read a moment after it was accepted."""
    endpoint = start([state(pki, "s/a")], connections=2)
    events, hello = Events(endpoint), client_hello(pki)
    first = [endpoint.connect() for _ in range(2)]
    for sock in first:
        sock.sendall(hello)
        assert sock.recv(1) == b"\x16"
    rest = [endpoint.connect() for _ in range(20)]
    for sock in rest:
        sock.sendall(hello)
    wait_for(lambda: not any(unacknowledged(sock) for sock in rest))
    for sock in (*first, *rest):
        assert sock in first or sock.recv(1) == b"\x16"
        sock.close()
    wait_for(lambda: len(events.of("connection")) == 22)
    assert {e["limit"] for e in events.finish()} == {None}


# --- memory runs out

def test_memory_runs_out_and_comes_back(pki: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device for which there is none is told as the endpoint's shortage, or waits; who is up is served on, and when
    others leave there is room again, under the same limit."""
    plain = ROOT / "build/bin/chainbreak"
    if not plain.exists():
        pytest.skip("the sanitizers need the address space for themselves")
    monkeypatch.setattr(test_endpoint, "program", lambda: [str(plain), "endpoint"])
    endpoint = start([mqtt_state(pki)])
    events = Events(endpoint)
    old = [Client(pki, endpoint).connected(f"old-{i}") for i in range(20)]
    size = Path(f"/proc/{endpoint.process.pid}/status").read_text().split("VmData:")[1].split()[0]
    room = int(size) * 1024 + (1 << 20)
    resource.prlimit(endpoint.process.pid, resource.RLIMIT_DATA, (room, room))
    many: list[Client] = []
    with pytest.raises((OSError, EOFError)):
        while len(many) < 1000:
            many.append(Client(pki, endpoint, seconds=3).connected(f"new-{len(many)}"))
    assert len(many) > 20
    for client in old:
        ping(client)
    for client in many:
        client.tls.close()
    again = [Client(pki, endpoint).connected(f"again-{i}") for i in range(20)]
    for client in (*old, *again):
        ping(client)
        client.tls.close()
    seen = events.finish()
    assert sum(e["handshake"] == "done" and e["close"]["by"] == "peer" for e in seen) >= len(many) + 40
    assert all(e["harness_short"] for e in seen if e["close"]["by"] == "endpoint")
