"""The endpoint over real sockets: good clients, bad peers, limits. Runs the sanitizer build where there is one."""

from __future__ import annotations

import json
import resource
import select
import socket
import ssl
import struct
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
Event = dict[str, Any]
LIMITS = {"connections": 4096, "handshake_ms": 20000, "idle_ms": 20000, "message_bytes": 65536}


def program() -> list[str]:
    for folder in ("build/asan/bin", "build/bin"):
        if (ROOT / folder / "chainbreak").exists():
            return [str(ROOT / folder / "chainbreak"), "endpoint"]
    pytest.fail("chainbreak is not built")


def openssl(*args: str, cwd: Path) -> bytes:
    return subprocess.run(["openssl", *args], cwd=cwd, check=True, capture_output=True).stdout


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki")
    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *ec, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", cwd=folder)
    for name in ("leaf", "other"):
        openssl("req", *ec, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=localhost", cwd=folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "5",
                "-out", f"{name}.pem", cwd=folder)
    leaf = openssl("x509", "-in", "leaf.pem", "-outform", "DER", cwd=folder)
    ca = openssl("x509", "-in", "ca.pem", "-outform", "DER", cwd=folder)
    (folder / "ca.der").write_bytes(ca)
    (folder / "leaf.der").write_bytes(leaf)
    (folder / "other.der").write_bytes(openssl("x509", "-in", "other.pem", "-outform", "DER", cwd=folder))
    (folder / "chain.der").write_bytes(leaf + ca)
    openssl("req", "-x509", *ec, "-keyout", "big.key", "-out", "big.der", "-outform", "DER", "-subj", "/CN=big",
            "-addext", "nsComment=" + "x" * 100_000, cwd=folder)
    (folder / "huge.der").write_bytes(leaf + (folder / "big.der").read_bytes() * 120)
    return folder


def state(pki: Path, name: str, **changes: Any) -> Event:
    tls = {"min": "1.0", "max": "1.3", "suites": [], "groups": [], "signature_algorithms": [], "alpn": [],
           "max_record": 0}
    chain = {"key": str(pki / "leaf.key"), "certificates": str(pki / changes.pop("chain", "chain.der"))}
    return {"id": name, "listen": "127.0.0.1:0", "clock": 1719792000, "tls": tls,
            "chains": {"rsa": None, "ecdsa": chain}, "client_auth": {"mode": "none", "anchors": None},
            "application": "byte"} | changes


class Endpoint:
    """A running endpoint. Events are read as they come."""

    def __init__(self, states: list[Event], **limits: int) -> None:
        self.process = subprocess.Popen(program(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        assert self.process.stdin and self.process.stdout
        document = {"threads": 2, "limits": LIMITS | limits, "states": states}
        self.process.stdin.write(json.dumps(document).encode() + b"\n")
        self.process.stdin.flush()
        self.ports: dict[str, int] = {}
        while (event := self.event())["event"] == "listening":
            self.ports[event["state"]] = event["port"]
        assert event == {"event": "ready"}

    def event(self) -> Event:
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read().decode()
        return json.loads(line)

    def control(self, action: str, state: Any) -> None:
        self.line(json.dumps({"control": action, "state": state}))

    def line(self, text: str) -> None:
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def add(self, state: Event) -> Event:
        """Adds a state and waits for what comes of it."""
        self.control("add", state)
        event = self.event()
        if event["event"] == "listening":
            self.ports[event["state"]] = event["port"]
        return event

    def connect(self, name: str = "s/a") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.ports[name]), timeout=30)

    def rss(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def finish(self) -> list[Event]:
        """Ends it in good order; the sanitizers speak through the exit status."""
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err.decode()
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def start() -> Iterator[Callable[..., Endpoint]]:
    running: list[Endpoint] = []

    def run(states: list[Event], **limits: int) -> Endpoint:
        running.append(Endpoint(states, **limits))
        return running[-1]

    yield run
    for endpoint in running:
        if endpoint.process.poll() is None:
            endpoint.process.kill()
            endpoint.process.communicate()


def context(pki: Path, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, trust: str = "ca.pem") -> ssl.SSLContext:
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.minimum_version = ctx.maximum_version = version
    ctx.load_verify_locations(pki / trust)
    return ctx


def exchange(pki: Path, endpoint: Endpoint, name: str = "s/a", **kwargs: Any) -> int:
    """A good client. Returns its port."""
    with endpoint.connect(name) as raw, context(pki, **kwargs).wrap_socket(raw, server_hostname="localhost") as tls:
        tls.sendall(b"x")
        assert tls.recv(10) == b"x"
        return raw.getsockname()[1] if raw.fileno() >= 0 else tls.getsockname()[1]


def client_hello(pki: Path) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context(pki).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def reset(sock: socket.socket) -> None:
    """Closes with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def read_all(sock: socket.socket) -> bytes:
    data = b""
    while piece := sock.recv(65536):
        data += piece
    return data


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_good_client(pki: Path, start: Callable[..., Endpoint], version: ssl.TLSVersion) -> None:
    endpoint = start([state(pki, "s/a"), state(pki, "s/b")])
    port = exchange(pki, endpoint, "s/b", version=version)
    event = endpoint.event()
    assert event["state"] == "s/b"
    assert event["port"] == endpoint.ports["s/b"]
    assert event["peer_port"] == port
    assert event["peer_address"] == "127.0.0.1"
    assert event["handshake"] == "done"
    assert event["hello"]["sni"] == "localhost"
    assert event["chose"]["chain"] == "ecdsa"
    assert event["certificates"] == 2
    assert event["application"] == {"read": 1, "written": 1}
    assert event["close"]["by"] == "peer"
    assert event["error"] == {"code": 0, "text": None}
    assert (event["limit"], event["unserved"], event["harness_short"]) == (None, None, False)
    assert endpoint.finish() == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_client_refuses(pki: Path, start: Callable[..., Endpoint], version: ssl.TLSVersion) -> None:
    endpoint = start([state(pki, "s/a")])
    with pytest.raises(ssl.SSLCertVerificationError):
        exchange(pki, endpoint, version=version, trust="other.pem")
    event = endpoint.event()
    assert event["handshake"] == "failed"
    assert event["alerts_received"] == [{"level": "fatal", "code": 48, "name": "unknown_ca"}]
    assert event["alerts_sent"] == []
    assert event["close"] == {"by": "peer", "how": "alert"}
    assert event["application"] == {"read": 0, "written": 0}


def test_alert_before_reset(pki: Path, start: Callable[..., Endpoint]) -> None:
    """A client that fails closes with the endpoint's flight unread: its kernel sends RST behind the alert."""
    endpoint = start([state(pki, "s/a")])
    with endpoint.connect() as sock:
        sock.sendall(client_hello(pki))
        select.select([sock], [], [], 30)
        sock.sendall(b"\x15\x03\x03\x00\x02\x02\x30")
    event = endpoint.event()
    assert [a["code"] for a in event["alerts_received"]] == [48]
    assert event["close"] == {"by": "peer", "how": "alert"}


def test_alert_reaches_a_peer_that_still_writes(pki: Path, start: Callable[..., Endpoint]) -> None:
    endpoint = start([state(pki, "s/a")])
    with endpoint.connect() as sock:
        sock.sendall(b"\x16\x03\x01\x00\x04\x01\x00\x00\x00" + bytes(60000))
        assert read_all(sock)[:1] == b"\x15"
    event = endpoint.event()
    assert len(event["alerts_sent"]) == 1
    assert event["close"] == {"by": "endpoint", "how": "alert"}


BAD_PEERS: dict[str, tuple[Callable[[Path, socket.socket], None], str, tuple[str, str]]] = {
    "nothing": (lambda pki, s: s.close(), "none", ("peer", "fin")),
    "http": (lambda pki, s: (s.sendall(b"GET / HTTP/1.1\r\n\r\n"), read_all(s)), "none", ("endpoint", "fin")),
    "zeros": (lambda pki, s: (s.sendall(bytes(5000)), read_all(s)), "none", ("endpoint", "fin")),
    "noise": (lambda pki, s: (s.sendall(b"\x16\x03\x01\x20\x00" + b"\xa5" * 8192), read_all(s)), "none",
              ("endpoint", "alert")),
    "half-a-hello-fin": (lambda pki, s: (s.sendall(client_hello(pki)[:100]), s.close()), "none", ("peer", "fin")),
    "half-a-hello-rst": (lambda pki, s: (s.sendall(client_hello(pki)[:100]), reset(s)), "none", ("peer", "rst")),
    "hello-then-rst": (lambda pki, s: (s.sendall(client_hello(pki)), s.recv(1), reset(s)), "failed",
                       ("peer", "rst")),
    "hello-then-noise": (lambda pki, s: (s.sendall(client_hello(pki) + b"\xa5" * 300), read_all(s)), "failed",
                         ("endpoint", "alert")),
}


@pytest.mark.parametrize("name", BAD_PEERS)
def test_bad_peer(pki: Path, start: Callable[..., Endpoint], name: str) -> None:
    act, handshake, close = BAD_PEERS[name]
    endpoint = start([state(pki, "s/a")])
    with endpoint.connect() as sock:
        act(pki, sock)
    event = endpoint.event()
    assert (event["close"]["by"], event["close"]["how"]) == close
    assert event["handshake"] == handshake
    assert (event["hello"] is None) == (handshake == "none")
    exchange(pki, endpoint)
    assert endpoint.event()["handshake"] == "done"
    assert endpoint.finish() == []


def test_slow_peer_is_served(pki: Path, start: Callable[..., Endpoint]) -> None:
    """A whole handshake, byte by byte in both directions."""
    endpoint = start([state(pki, "s/a")])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context(pki).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with endpoint.connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    sock.sendall(bytes([byte]))
                incoming.write(sock.recv(1))
        sock.sendall(outgoing.read())
    event = endpoint.event()
    assert event["handshake"] == "done"
    assert event["close"] == {"by": "peer", "how": "fin"}


LIMIT_CASES: dict[str, tuple[dict[str, int], Callable[[Path], bytes], str]] = {
    "silent": ({"handshake_ms": 200}, lambda pki: b"", "handshake_ms"),
    "half-a-hello": ({"handshake_ms": 200}, lambda pki: client_hello(pki)[:50], "handshake_ms"),
    "hello-only": ({"handshake_ms": 200}, client_hello, "handshake_ms"),
    "too-much": ({"message_bytes": 2048}, lambda pki: b"\x16\x03\x01\x40\x00\x01\x00\x40\x00" + bytes(4096),
                 "message_bytes"),
}


@pytest.mark.parametrize("name", LIMIT_CASES)
def test_limit(pki: Path, start: Callable[..., Endpoint], name: str) -> None:
    limits, data, limit = LIMIT_CASES[name]
    endpoint = start([state(pki, "s/a")], **limits)
    with endpoint.connect() as sock:
        sock.sendall(data(pki))
        event = endpoint.event()
    assert event["limit"] == limit
    assert event["error"] == {"code": 0, "text": None}
    assert event["close"] == {"by": "endpoint", "how": "silence"}


def test_idle_limit(pki: Path, start: Callable[..., Endpoint]) -> None:
    endpoint = start([state(pki, "s/a")], idle_ms=200)
    with endpoint.connect() as raw, context(pki).wrap_socket(raw, server_hostname="localhost"):
        event = endpoint.event()
    assert event["handshake"] == "done"
    assert event["limit"] == "idle_ms"
    assert event["close"] == {"by": "endpoint", "how": "silence"}
    assert event["ms"] >= 200


def test_peer_that_stops_reading(pki: Path, start: Callable[..., Endpoint]) -> None:
    """A flight of 12 MB that nobody takes stays bounded, holds up nobody, and is given up."""
    endpoint = start([state(pki, "s/a"), state(pki, "s/huge", chain="huge.der")], handshake_ms=3000)
    before = endpoint.rss()
    with endpoint.connect("s/huge") as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.sendall(client_hello(pki))
        select.select([sock], [], [], 30)
        for _ in range(20):
            exchange(pki, endpoint)
        events = [endpoint.event() for _ in range(21)]
        assert endpoint.rss() - before < 160 * 2**20
    given_up = [e for e in events if e["state"] == "s/huge"]
    assert [e["limit"] for e in given_up] == ["handshake_ms"]
    assert given_up[0]["certificate_bytes"] > 11_000_000
    assert [e["handshake"] for e in events if e["state"] == "s/a"] == ["done"] * 20
    assert endpoint.finish() == []


def test_two_thousand_idle(pki: Path, start: Callable[..., Endpoint]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4500:
        pytest.skip(f"only {hard} files may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4500), hard))
    endpoint = start([state(pki, "s/a")], handshake_ms=60000)
    exchange(pki, endpoint)
    assert endpoint.event()["number"] == 1
    before = endpoint.rss()
    idle = [endpoint.connect() for _ in range(2000)]
    exchange(pki, endpoint)
    event = endpoint.event()
    assert event["handshake"] == "done"
    assert (endpoint.rss() - before) / 2000 < 16 * 1024
    for sock in idle:
        sock.close()
    events = [endpoint.event() for _ in idle]
    assert {(e["handshake"], e["close"]["how"]) for e in events} == {("none", "fin")}
    # Loops accept side by side: which of them came last is not said.
    assert {e["number"] for e in [event, *events]} == set(range(2, 2003))
    assert endpoint.finish() == []


def test_connection_limit(pki: Path, start: Callable[..., Endpoint]) -> None:
    """Two that have said hello keep their places: the third waits in the queue until one of them ends."""
    endpoint = start([state(pki, "s/a")], connections=2)
    hello = client_hello(pki)
    first, second = endpoint.connect(), endpoint.connect()
    for sock in (first, second):
        sock.sendall(hello)
        assert select.select([sock], [], [], 30)[0] == [sock]
    third = endpoint.connect()
    third.sendall(hello)
    assert select.select([third], [], [], 0.3)[0] == []
    first.close()
    assert endpoint.event()["number"] in (1, 2)
    assert select.select([third], [], [], 30)[0] == [third]
    second.close()
    third.close()
    assert {endpoint.event()["number"], endpoint.event()["number"]} <= {1, 2, 3}
    assert endpoint.finish() == []


@pytest.mark.parametrize("said", [0, 60])
def test_who_has_not_said_hello_goes_first(pki: Path, start: Callable[..., Endpoint], said: int) -> None:
    """Peers that say nothing, or half a hello, may take all places and more: everybody else is served."""
    endpoint = start([state(pki, "s/a")], connections=64, handshake_ms=60000)
    hello = client_hello(pki)[:said]
    idle: list[socket.socket] = []
    events: list[Event] = []
    reader = threading.Thread(target=lambda: events.extend(endpoint.event() for _ in range(320)))
    reader.start()
    for _ in range(300):
        idle.append(endpoint.connect())
        idle[-1].sendall(hello)
    for _ in range(20):
        exchange(pki, endpoint)
    for sock in idle:
        sock.close()
    reader.join(60)
    assert sum(e["handshake"] == "done" for e in events) == 20
    ended = [e for e in events if e["handshake"] == "none"]
    assert {(e["limit"], e["close"]["how"]) for e in ended} == {("connections", "silence"), (None, "fin")}
    assert sum(e["limit"] is not None for e in ended) >= 300 - 64
    assert endpoint.finish() == []


def test_stop_with_open_connections(pki: Path, start: Callable[..., Endpoint]) -> None:
    endpoint = start([state(pki, "s/a")])
    with endpoint.connect() as sock:
        sock.sendall(client_hello(pki))
        select.select([sock], [], [], 30)
        events = endpoint.finish()
    assert [(e["handshake"], e["close"]) for e in events] == [("failed", {"by": "endpoint", "how": "fin"})]


@pytest.mark.parametrize("certificate, handshake, code", [("leaf", "done", None), (None, "failed", 116),
                                                          ("self", "failed", 48)])
def test_mutual_tls(pki: Path, start: Callable[..., Endpoint], certificate: str | None, handshake: str,
                    code: int | None) -> None:
    if certificate == "self" and not (pki / "self.pem").exists():
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "self.key", "-out", "self.pem", "-subj",
                "/CN=nobody", cwd=pki)
    now = int((pki / "ca.der").stat().st_mtime) + 60
    endpoint = start([state(pki, "s/a", clock=now,
                            client_auth={"mode": "require", "anchors": str(pki / "ca.der")})])
    ctx = context(pki)
    if certificate:
        ctx.load_cert_chain(pki / f"{certificate}.pem", pki / f"{certificate}.key")
    with endpoint.connect() as raw, ctx.wrap_socket(raw, server_hostname="localhost") as tls:
        if handshake == "failed":
            with pytest.raises(ssl.SSLError):
                tls.recv(1)
    event = endpoint.event()
    assert event["handshake"] == handshake
    assert [a["code"] for a in event["alerts_sent"] if a["code"]] == ([code] if code else [])
    if certificate:
        subject = "CN=localhost" if certificate == "leaf" else "CN=nobody"
        assert event["client_certificate"]["subject"] == subject
    if code == 48:
        assert event["error"]["text"] == "certificate verify failed: self-signed certificate"


def named(pki: Path, **changes: Any) -> Event:
    """`localhost` has the chain of the others, `other.example` one with itself alone."""
    names = {"other.example": state(pki, "s/other", chain="other.der") | {"listen": ""}}
    for name in names.values():
        name["chains"]["ecdsa"]["key"] = str(pki / "other.key")
    return state(pki, "s/a", names=names, **changes)


def served_to(pki: Path, endpoint: Endpoint, name: str | None, split: int = 0) -> bytes | None:
    """The leaf that who asks for this name gets; None: refused with unrecognized_name. split: of the ClientHello's pieces."""
    ctx = context(pki)
    ctx.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ctx.wrap_bio(incoming, outgoing, server_hostname=name)
    with endpoint.connect() as sock:
        while True:
            try:
                tls.do_handshake()
                return tls.getpeercert(True)
            except ssl.SSLWantReadError:
                data = outgoing.read()
                for at in range(0, len(data), split or len(data) or 1):
                    sock.sendall(data[at:at + (split or len(data))])
                    time.sleep(0.01 if split else 0)
                incoming.write(sock.recv(65536))
            except ssl.SSLError as error:
                assert "UNRECOGNIZED_NAME" in str(error).upper()
                return None


@pytest.mark.parametrize("split", [0, 50])
def test_certificate_by_server_name(pki: Path, start: Callable[..., Endpoint], split: int) -> None:
    leaf, other = (pki / "leaf.der").read_bytes(), (pki / "other.der").read_bytes()
    endpoint = start([named(pki)])
    for name, served, state_name in (("other.example", other, "s/other"), ("OTHER.example", other, "s/other"),
                                     ("another.example", leaf, "s/a"), (None, leaf, "s/a")):
        assert served_to(pki, endpoint, name, split) == served, name
        event = endpoint.event()
        assert (event["state"], event["hello"]["sni"]) == (state_name, name)
    assert endpoint.finish() == []


def test_other_names_may_be_refused(pki: Path, start: Callable[..., Endpoint]) -> None:
    endpoint = start([named(pki, other_names="refuse")])
    assert served_to(pki, endpoint, "another.example") is None
    event = endpoint.event()
    assert [a["code"] for a in event["alerts_sent"]] == [112]
    assert (event["hello"]["sni"], event["handshake"]) == ("another.example", "failed")
    assert served_to(pki, endpoint, "other.example") == (pki / "other.der").read_bytes()
    for nobody in (None, "127.0.0.1"):
        assert served_to(pki, endpoint, nobody) == (pki / "leaf.der").read_bytes()


@pytest.mark.parametrize("name", ["nothing", "http", "zeros", "noise", "half-a-hello-fin", "half-a-hello-rst",
                                  "hello-then-rst", "hello-then-noise"])
def test_bad_peer_where_names_count(pki: Path, start: Callable[..., Endpoint], name: str) -> None:
    act, handshake, close = BAD_PEERS[name]
    endpoint = start([named(pki)])
    with endpoint.connect() as sock:
        act(pki, sock)
    event = endpoint.event()
    assert (event["handshake"], (event["close"]["by"], event["close"]["how"])) == (handshake, close)
    exchange(pki, endpoint)


def test_certificate_by_peer_address(pki: Path, start: Callable[..., Endpoint]) -> None:
    """An address of its own, any other one, and who is in neither; each with the record of its setting."""
    endpoint = start([state(pki, "s/a") | {"peers": {"127.0.0.1": state(pki, "s/own", chain="leaf.der"),
                                                     "*": state(pki, "s/any", chain="leaf.der")}},
                      state(pki, "s/b") | {"peers": {"127.0.0.9": state(pki, "s/nobody", chain="leaf.der")}}])
    for listener, source, name, certificates in (("s/a", "127.0.0.1", "s/own", 1), ("s/a", "127.0.0.2", "s/any", 1),
                                                 ("s/b", "127.0.0.1", "s/b", 2), ("s/b", "127.0.0.9", "s/nobody", 1)):
        with socket.create_connection(("127.0.0.1", endpoint.ports[listener]), timeout=30,
                                      source_address=(source, 0)) as sock:
            with context(pki).wrap_socket(sock, server_hostname="localhost") as tls:
                tls.sendall(b"x")
                assert tls.recv(1) == b"x"
        event = endpoint.event()
        assert (event["state"], event["certificates"], event["peer_address"]) == (name, certificates, source)
    endpoint.control("change", state(pki, "s/a"))
    assert endpoint.event()["event"] == "changed"
    exchange(pki, endpoint)
    assert endpoint.event()["state"] == "s/a"
    assert endpoint.finish() == []


@pytest.mark.parametrize("open_ms", [300, 0])
def test_an_open_connection_is_ended_in_time(pki: Path, start: Callable[..., Endpoint], open_ms: int) -> None:
    """However much the peer has to say; without the limit it may talk on."""
    endpoint = start([state(pki, "s/a")], open_ms=open_ms)
    with context(pki).wrap_socket(endpoint.connect(), server_hostname="localhost") as tls:
        began, said = time.monotonic(), 0
        while time.monotonic() < began + 1:
            tls.sendall(b"x")
            said += 1
            if select.select([tls], [], [], 0.02)[0] and tls.recv(1) == b"":
                break
        assert said > 3
        assert (time.monotonic() < began + 0.9) == (open_ms > 0)
    event = endpoint.event()
    assert event["limit"] == ("open_ms" if open_ms else None)
    assert (event["close"]["by"], event["handshake"]) == ("endpoint" if open_ms else "peer", "done")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize(("tickets", "padding"), [(0, 0), (1, 0), (3, 5000)])
def test_session_tickets(pki: Path, tmp_path: Path, start: Callable[..., Endpoint], version: str, tickets: int,
                         padding: int) -> None:
    """openssl s_client keeps one, comes back with it, and is resumed; without tickets there is none to keep."""
    tls = {"min": "1.2", "max": "1.3", "suites": [], "groups": [], "signature_algorithms": [], "alpn": [], "max_record": 0}
    endpoint = start([state(pki, "s/a", tls=tls | ({"tickets": tickets, "ticket_padding": padding} if tickets else {}))])
    session = tmp_path / "session"

    def connect(*words: str) -> str:
        with subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{endpoint.ports['s/a']}", version, *words],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as client:
            client.stdin.write("x")
            client.stdin.flush()
            said = ""
            while "\nx" not in said and not said.endswith("---\nx"):
                one = client.stdout.read(1)
                if not one:
                    break
                said += one
            client.stdin.close()
            said += client.stdout.read()
        return said

    said = connect("-sess_out", str(session))
    assert said.count("New, TLSv1.") == 1
    first = endpoint.event()
    assert (first["certificates"], first["chose"]["resumed"]) == (2, False)
    if version == "-tls1_3":
        assert said.count("Post-Handshake New Session Ticket arrived") == tickets
    if tickets == 0:
        return
    assert len(session.read_bytes()) > padding
    assert "Reused, TLSv1." in connect("-sess_in", str(session))
    again = endpoint.event()
    assert (again["certificates"], again["handshake"], again["chose"]["resumed"]) == (0, "done", True)


@pytest.mark.parametrize("how", ["fin", "rst"])
@pytest.mark.parametrize("engine", ["openssl", "gnutls"])
@pytest.mark.parametrize(("minds", "word", "other"), [
    ({"offers": "1.3"}, "version", {"maximum": ssl.TLSVersion.TLSv1_2}),
    ({"without_name": True}, "no-name", {"name": "localhost"}),
    ({"hello_over": 200}, "hello-size", {"short": True})])
def test_a_box_before_the_endpoint(pki: Path, start: Callable[..., Endpoint], how: str, engine: str, minds: Event,
                                   word: str, other: Event) -> None:
    """Who shows what it minds is closed without an alert, before TLS; who does not is served."""
    def attempt(maximum: ssl.TLSVersion | None = None, name: str | None = None, short: bool = False) -> bytes:
        ctx = context(pki)
        ctx.check_hostname = False
        ctx.minimum_version = ssl.TLSVersion.TLSv1_2
        if maximum:
            ctx.maximum_version = maximum
        if short:
            ctx.maximum_version = ssl.TLSVersion.TLSv1_2
            ctx.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        with endpoint.connect() as raw, ctx.wrap_socket(raw, server_hostname=name) as tls:
            tls.sendall(b"x")
            return tls.recv(1)

    endpoint = start([state(pki, "s/a", engine=engine, close={"how": how} | minds)])
    with pytest.raises(ConnectionResetError if how == "rst" else (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        attempt()
    event = endpoint.event()
    assert (event["closed_on"], event["close"]) == (word, {"by": "endpoint", "how": how})
    assert (event["alerts_sent"], event["certificates"]) == ([], 0)
    assert event["hello"]["bytes"] > 200 and event["hello"]["sni"] is None
    assert attempt(**other) == b"x"
    event = endpoint.event()
    assert (event["closed_on"], event["handshake"]) == (None, "done")
    assert endpoint.finish() == []


def configuration(pki: Path, **changes: Any) -> str:
    return json.dumps({"threads": 1, "limits": LIMITS, "states": [state(pki, "s/a", **changes)]})


BAD_CONFIGURATIONS: dict[str, tuple[Callable[[Path], str], str]] = {
    "empty": (lambda pki: "", "configuration is expected on stdin"),
    "not-json": (lambda pki: "{", "endpoint configuration: column"),
    "no-states": (lambda pki: json.dumps({"threads": 1, "limits": LIMITS}), "states: a list is needed"),
    "no-limits": (lambda pki: json.dumps({"threads": 1, "states": []}), "limits"),
    "bad-limits": (lambda pki: json.dumps({"threads": 1, "limits": LIMITS | {"connections": 0}, "states": []}),
                   "limits above 0"),
    "address": (lambda pki: configuration(pki, listen="localhost:1"), "s/a: localhost:1: not an address"),
    "port": (lambda pki: configuration(pki, listen="127.0.0.1:99999"), "not an address"),
    "application": (lambda pki: configuration(pki, application="gopher"), "unknown application gopher"),
    "chain": (lambda pki: configuration(pki, chain="missing.der"), "missing.der: No such file"),
    "names": (lambda pki: configuration(pki, names=["a"]), "s/a: names: an object of states"),
    "names-in-names": (lambda pki: configuration(pki, names={"a": named(pki)}), "names within names"),
    "applications": (lambda pki: configuration(pki, applications=["byte"]), "applications: an object of applications"),
    "applications-name": (lambda pki: configuration(pki, applications={"h2": "gopher"}), "unknown application gopher"),
    "tickets": (lambda pki: configuration(pki, tls=state(pki, "a")["tls"] | {"tickets": 1000}), "tls.tickets: 0 to 255"),
    "close": (lambda pki: configuration(pki, close={"how": "drop"}), "close: how is fin or rst"),
    "close-key": (lambda pki: configuration(pki, close={"how": "fin", "ciphers": 1}), "s/a: close:"),
    "close-version": (lambda pki: configuration(pki, close={"how": "fin", "offers": "2"}), "close.offers: 1.0, 1.1"),
    "peers": (lambda pki: configuration(pki, peers=["a"]), "s/a: peers: an object of states"),
    "peers-in-peers": (lambda pki: configuration(pki, peers={"a": state(pki, "s/b", peers={})}), "peers within peers"),
    "open-ms": (lambda pki: json.dumps({"threads": 1, "limits": LIMITS | {"open_ms": -1}, "states": []}),
                "limits above 0"),
    "other-names": (lambda pki: configuration(pki, other_names="maybe"), "other_names: refuse or default, not maybe"),
    "client-auth": (lambda pki: configuration(pki, client_auth={"mode": "always", "anchors": None}),
                    "client_auth.mode"),
}


@pytest.mark.parametrize("name", BAD_CONFIGURATIONS)
def test_bad_configuration(pki: Path, name: str) -> None:
    text, message = BAD_CONFIGURATIONS[name]
    done = subprocess.run(program(), input=text(pki) + "\n" if text(pki) else "", text=True, capture_output=True,
                          timeout=30)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert done.stdout == ""


def test_port_in_use(pki: Path, start: Callable[..., Endpoint]) -> None:
    endpoint = start([state(pki, "s/a")])
    where = f"127.0.0.1:{endpoint.ports['s/a']}"
    done = subprocess.run(program(), input=configuration(pki, listen=where) + "\n", text=True, capture_output=True,
                          timeout=30)
    assert done.returncode == 2
    assert f"cannot listen on {where}: Address already in use" in done.stderr
