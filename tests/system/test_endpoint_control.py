"""States added, changed and removed while the endpoint runs; what it tells of the wire; its own shortages."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable

import pytest

import test_endpoint
from test_endpoint import ROOT, Endpoint, client_hello, context, exchange, pki, start, state  # noqa: F401

Start = Callable[..., Endpoint]


def test_states_may_be_empty(pki: Path, start: Start) -> None:
    endpoint = start([])
    event = endpoint.add(state(pki, "s/a"))
    assert event == {"event": "listening", "state": "s/a", "address": "127.0.0.1", "port": endpoint.ports["s/a"]}
    exchange(pki, endpoint)
    event = endpoint.event()
    assert (event["state"], event["port"], event["handshake"]) == ("s/a", endpoint.ports["s/a"], "done")
    endpoint.control("remove", "s/a")
    assert endpoint.event() == {"event": "removed", "state": "s/a"}
    with pytest.raises(ConnectionRefusedError):
        endpoint.connect()
    assert endpoint.finish() == []


REFUSED: dict[str, tuple[Callable[[Path], str], str | None, str]] = {
    "no-json": (lambda pki: "hello", None, "not a control document: "),
    "empty": (lambda pki: "", None, "not a control document: "),
    "bytes": (lambda pki: "\0\1\2", None, "not a control document: "),
    "list": (lambda pki: "[1]", None, "control: "),
    "no-state": (lambda pki: '{"control": "add"}', None, "control: "),
    "more": (lambda pki: '{"control": "remove", "state": "s/a", "at": 1}', "s/a", "control: "),
    "twice": (lambda pki: '{"control": "add", "control": "remove", "state": "s/a"}', None, "duplicate"),
    "unknown": (lambda pki: '{"control": "stop", "state": "s/a"}', "s/a", "add and change take a state"),
    "number": (lambda pki: '{"control": "remove", "state": 7}', None, "add and change take a state"),
    "add-an-id": (lambda pki: '{"control": "add", "state": "s/b"}', "s/b", "add and change take a state"),
    "no-id": (lambda pki: '{"control": "add", "state": {}}', None, "a state: Object item not found: id"),
    "there-already": (lambda pki: control("add", state(pki, "s/a")), "s/a", "served already"),
    "remove-none": (lambda pki: control("remove", "s/b"), "s/b", "there is none of that id"),
    "change-none": (lambda pki: control("change", state(pki, "s/b")), "s/b", "there is none of that id"),
    "change-bad": (lambda pki: control("change", state(pki, "s/a", chain="missing.der")), "s/a",
                   "missing.der: No such file"),
    "add-bad-key": (lambda pki: control("add", state(pki, "s/b") | {
        "chains": {"rsa": None, "ecdsa": {"key": str(pki / "ca.der"), "certificates": str(pki / "chain.der")}}}),
        "s/b", "state s/b: "),
    "add-bad-suite": (lambda pki: control("add", state(pki, "s/b") | {
        "tls": {"min": "1.2", "max": "1.2", "suites": ["TLS_NO"]}}), "s/b", "unknown name TLS_NO"),
    "add-address": (lambda pki: control("add", state(pki, "s/b", listen="here:1")), "s/b", "not an address"),
    "long": (lambda pki: '{"control": "' + "x" * (70 << 20), None, "the line is too long"),
}


def control(action: str, what: Any) -> str:
    return json.dumps({"control": action, "state": what})


@pytest.mark.parametrize("name", REFUSED)
def test_refused(pki: Path, start: Start, name: str) -> None:
    """Refused with the reason, and the endpoint goes on as before."""
    line, about, text = REFUSED[name]
    endpoint = start([state(pki, "s/a")])
    endpoint.line(line(pki))
    event = endpoint.event()
    assert (event["event"], event["state"], event["harness_short"]) == ("refused", about, False)
    assert text in event["text"]
    exchange(pki, endpoint)
    assert endpoint.event()["handshake"] == "done"
    assert endpoint.finish() == []


def test_port_in_use_is_refused(pki: Path, start: Start) -> None:
    endpoint = start([state(pki, "s/a")])
    where = f"127.0.0.1:{endpoint.ports['s/a']}"
    event = endpoint.add(state(pki, "s/b", listen=where))
    assert event == {"event": "refused", "state": "s/b", "harness_short": False,
                     "text": f"state s/b: cannot listen on {where}: Address already in use"}


def test_change_holds_for_new_connections(pki: Path, start: Start) -> None:
    endpoint = start([state(pki, "s/a")])
    port = endpoint.ports["s/a"]
    with endpoint.connect() as raw, context(pki).wrap_socket(raw, server_hostname="localhost") as tls:
        endpoint.control("change", state(pki, "s/a") | {"tls": {"min": "1.2", "max": "1.2"}, "listen": "127.0.0.1:1"})
        assert endpoint.event() == {"event": "changed", "state": "s/a"}
        with pytest.raises(ssl.SSLError):
            exchange(pki, endpoint)
        assert [a["code"] for a in endpoint.event()["alerts_sent"]] == [70]
        exchange(pki, endpoint, version=ssl.TLSVersion.TLSv1_2)
        assert endpoint.event()["chose"]["version"] == "1.2"
        tls.sendall(b"x")
        assert tls.recv(1) == b"x"
    event = endpoint.event()
    assert (event["chose"]["version"], event["port"]) == ("1.3", port)
    assert endpoint.finish() == []


def test_remove_while_connected(pki: Path, start: Start) -> None:
    """Open connections, and those that wait in the queue, live on."""
    endpoint = start([state(pki, "s/a"), state(pki, "s/b")])
    with endpoint.connect() as first, context(pki).wrap_socket(first, server_hostname="localhost") as tls:
        half = endpoint.connect()
        endpoint.control("remove", "s/a")
        assert endpoint.event() == {"event": "removed", "state": "s/a"}
        tls.sendall(b"x")
        assert tls.recv(1) == b"x"
        with half, context(pki).wrap_socket(half, server_hostname="localhost") as late:
            late.sendall(b"y")
            assert late.recv(1) == b"y"
    assert [endpoint.event()["handshake"] for _ in range(2)] == ["done", "done"]
    exchange(pki, endpoint, "s/b")
    assert endpoint.event()["state"] == "s/b"
    assert endpoint.finish() == []


def test_thousand_adds_and_removes(pki: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """With clients in between; nothing stays behind."""
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=1")
    endpoint = start([])
    endpoint.add(state(pki, "warm/up"))
    endpoint.control("remove", "warm/up")
    endpoint.event()
    files = len(os.listdir(f"/proc/{endpoint.process.pid}/fd"))
    before = 0
    for i in range(1000):
        assert endpoint.add(state(pki, f"s/{i}"))["event"] == "listening"
        if i % 50 == 0:
            exchange(pki, endpoint, f"s/{i}")
            assert endpoint.event()["state"] == f"s/{i}"
        endpoint.control("remove", f"s/{i}")
        assert endpoint.event() == {"event": "removed", "state": f"s/{i}"}
        if i == 200:
            before = endpoint.rss()
    assert len(os.listdir(f"/proc/{endpoint.process.pid}/fd")) == files
    assert endpoint.rss() - before < 16 * 2**20
    assert endpoint.finish() == []


def test_many_at_a_time(pki: Path, start: Start) -> None:
    """Three hundred states side by side, each answered for by its own name."""
    endpoint = start([])
    for i in range(300):
        assert endpoint.add(state(pki, f"s/{i}"))["event"] == "listening"
    for i in range(0, 300, 7):
        exchange(pki, endpoint, f"s/{i}")
        assert endpoint.event()["state"] == f"s/{i}"
    for i in range(300):
        endpoint.control("remove", f"s/{i}")
    removed = [endpoint.event() for _ in range(300)]
    assert {e["event"] for e in removed} == {"removed"}
    assert len({e["state"] for e in removed}) == 300
    assert endpoint.finish() == []


def test_stop_amid_changes(pki: Path, start: Start) -> None:
    """End of file while states come and go and connections are open."""
    endpoint = start([])
    endpoint.add(state(pki, "s/a"))
    sockets = [endpoint.connect() for _ in range(20)]
    for i in range(50):
        endpoint.control("add", state(pki, f"t/{i}"))
        endpoint.control("change", state(pki, "s/a"))
        endpoint.control("remove", f"t/{i}")
    endpoint.control("remove", "s/a")
    events = endpoint.finish()
    assert [e["event"] for e in events].count("listening") == 50
    assert [e["event"] for e in events].count("changed") == 50
    assert [e["event"] for e in events].count("connection") == 20
    for sock in sockets:
        sock.close()


def marks(data: bytes) -> str:
    """The marks of docs/record.md, made anew."""
    out, value, end = [], 0xcbf29ce484222325, 5
    for i, byte in enumerate(data, 1):
        value = (value ^ byte) * 0x100000001b3 % 2**64
        if i == end and i >= 5:
            start = 0 if not out else int(out[-1].split(":")[0])
            end = start + 5 + int.from_bytes(data[start + 3:start + 5], "big")
            if i < end:
                continue
            out.append(f"{i}:{value & 0xffffffff:08x}")
            end = i + 5
    return " ".join(out[:64])


class Tap:
    """A TLS client that keeps all bytes of both directions."""

    def __init__(self, pki: Path, sock: socket.socket, version: ssl.TLSVersion) -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context(pki, version).wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.sock, self.sent, self.received = sock, b"", b""

    def run(self, step: Callable[[], Any]) -> Any:
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                self.flush()
                data = self.sock.recv(700)
                self.received += data
                self.incoming.write(data)
                continue
            self.flush()
            return done

    def flush(self) -> None:
        data = self.outgoing.read()
        self.sent += data
        self.sock.sendall(data)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_wire_marks(pki: Path, start: Start, version: ssl.TLSVersion) -> None:
    """Both sides, hashing for themselves, tell the same."""
    endpoint = start([state(pki, "s/a")])
    with endpoint.connect() as sock:
        tap = Tap(pki, sock, version)
        tap.run(tap.tls.do_handshake)
        tap.run(lambda: tap.tls.write(b"x"))
        assert tap.run(lambda: tap.tls.read(10)) == b"x"
        sock.shutdown(socket.SHUT_WR)
        while data := sock.recv(65536):
            tap.received += data
    wire = endpoint.event()["wire"]
    assert len(marks(tap.sent).split()) >= 3
    assert wire["received"] == {"bytes": len(tap.sent), "marks": marks(tap.sent)}
    assert wire["sent"] == {"bytes": len(tap.received), "marks": marks(tap.received)}


def test_wire_marks_are_bounded(pki: Path, start: Start) -> None:
    endpoint = start([state(pki, "s/a")])
    with endpoint.connect() as sock:
        tap = Tap(pki, sock, ssl.TLSVersion.TLSv1_2)
        tap.run(tap.tls.do_handshake)
        for _ in range(200):
            tap.run(lambda: tap.tls.write(b"x"))
        assert tap.run(lambda: tap.tls.read(10)) == b"x"
    received = endpoint.event()["wire"]["received"]
    assert received == {"bytes": len(tap.sent), "marks": marks(tap.sent)}
    assert len(received["marks"].split()) == 64


def test_wire_marks_of_a_slow_reader(pki: Path, start: Start) -> None:
    """What waits in the endpoint's own queue is marked as it leaves."""
    endpoint = start([state(pki, "s/huge", chain="huge.der")])
    with endpoint.connect("s/huge") as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.sendall(client_hello(pki))
        received = b""
        while len(received) < 1_500_000:
            received += sock.recv(65536)
    wire = endpoint.event()["wire"]["sent"]
    assert wire["marks"] == marks(received)
    assert len(received) <= wire["bytes"] < 12_000_000


def test_stopped_endpoint_is_a_limit(pki: Path, start: Start) -> None:
    """Held up beyond its own limit while the client gave up: not the client's doing."""
    endpoint = start([state(pki, "s/a")], handshake_ms=300)
    with endpoint.connect() as sock:
        sock.sendall(client_hello(pki)[:50])
        time.sleep(0.1)
        endpoint.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
    endpoint.process.send_signal(signal.SIGCONT)
    assert endpoint.event()["limit"] == "handshake_ms"


def test_out_of_files(pki: Path, start: Start) -> None:
    """A state for which there is no descriptor is refused as the endpoint's own shortage."""
    endpoint = start([state(pki, "s/a")], connections=8)
    soft = len(os.listdir(f"/proc/{endpoint.process.pid}/fd"))
    resource.prlimit(endpoint.process.pid, resource.RLIMIT_NOFILE, (soft, soft))
    event = endpoint.add(state(pki, "s/b"))
    assert (event["event"], event["harness_short"]) == ("refused", True)
    assert "Too many open files" in event["text"]


def test_no_descriptor_for_a_connection(pki: Path, start: Start) -> None:
    """A client that gave up waiting for a descriptor is told as the endpoint's shortage."""
    endpoint = start([state(pki, "s/a")])
    soft = len(os.listdir(f"/proc/{endpoint.process.pid}/fd"))
    resource.prlimit(endpoint.process.pid, resource.RLIMIT_NOFILE, (soft, 4096))
    with endpoint.connect():
        time.sleep(0.2)
    resource.prlimit(endpoint.process.pid, resource.RLIMIT_NOFILE, (4096, 4096))
    event = endpoint.event()
    assert (event["handshake"], event["harness_short"]) == ("none", True)
    exchange(pki, endpoint)
    event = endpoint.event()
    assert (event["handshake"], event["harness_short"]) == ("done", False)


def test_no_memory_to_start(pki: Path) -> None:
    """The endpoint's own shortage is no bad input."""
    plain = ROOT / "build/bin/chainbreak"
    if not plain.exists():
        pytest.skip("the sanitizers need the address space for themselves")
    document = {"threads": 64, "limits": test_endpoint.LIMITS, "states": []}
    done = subprocess.run([str(plain), "endpoint"], input=json.dumps(document) + "\n", capture_output=True, text=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (60 << 20, 60 << 20)))
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


def test_out_of_memory(pki: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A starved endpoint tells that it was; it never looks like a client that went away."""
    plain = ROOT / "build/bin/chainbreak"
    if not plain.exists():
        pytest.skip("the sanitizers need the address space for themselves")
    monkeypatch.setattr(test_endpoint, "program", lambda: [str(plain), "endpoint"])
    endpoint = start([state(pki, "s/a"), state(pki, "s/huge", chain="huge.der")], handshake_ms=5000)
    exchange(pki, endpoint)
    endpoint.event()
    status = Path(f"/proc/{endpoint.process.pid}/status").read_text()
    room = int(status.split("VmSize:")[1].split()[0]) * 1024
    resource.prlimit(endpoint.process.pid, resource.RLIMIT_AS, (room, room))
    events: list[dict[str, Any]] = []
    threading.Thread(target=lambda: events.extend(json.loads(e) for e in endpoint.process.stdout), daemon=True).start()
    sockets = [endpoint.connect("s/huge") for _ in range(60)]
    for sock in sockets:
        sock.sendall(client_hello(pki))
    time.sleep(1)
    for sock in sockets:
        sock.close()
    endpoint.process.stdin.close()
    assert endpoint.process.wait(30) == 0
    assert [e for e in events if e["harness_short"]]
    assert [e for e in events if not e["harness_short"] and e["alerts_sent"]] == []
