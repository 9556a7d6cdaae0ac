"""MQTT inside TLS: unchanged clients (mosquitto_pub and mosquitto_sub), raw packets, and a broker behind the endpoint."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

import test_endpoint
from test_endpoint import Endpoint, context, openssl, pki, program, start, state  # noqa: F401

Start = Callable[..., Endpoint]
Event = dict[str, Any]
VERSIONS = ["mqttv311", "mqttv5"]
MQTT = {"protocol": "mqtt"}


def mqtt_state(pki: Path, name: str = "s/a", rules: Event | None = None, **changes: Any) -> Event:
    application = MQTT | ({"rules": rules} if rules else {}) | changes.pop("application", {})
    return state(pki, name, application=application, **changes)


def command(kind: str, pki: Path, endpoint: Endpoint, *args: str, name: str = "s/a") -> list[str]:
    return [f"mosquitto_{kind}", "-h", "localhost", "-p", str(endpoint.ports[name]), "--cafile", str(pki / "ca.pem"),
            *args]


def run(kind: str, pki: Path, endpoint: Endpoint, *args: str, name: str = "s/a") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(kind, pki, endpoint, *args, name=name), capture_output=True, text=True, timeout=60)


def publish(pki: Path, endpoint: Endpoint, *args: str, name: str = "s/a") -> None:
    done = run("pub", pki, endpoint, *args, name=name)
    assert done.returncode == 0, done.stderr


def broker_of(endpoint: Endpoint) -> int:
    """The process id of the endpoint's mosquitto."""
    out = subprocess.run(["ps", "--ppid", str(endpoint.process.pid), "-o", "pid=,comm="], capture_output=True,
                         text=True, check=True).stdout
    return next(int(line.split()[0]) for line in out.splitlines() if "mosquitto" in line)


def folder_of(broker: int) -> Path:
    return Path(Path(f"/proc/{broker}/cmdline").read_bytes().split(b"\0")[2].decode()).parent


def gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


# --- a client of packets

def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(data)) + data


def packet(first: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while True:
        size, low = divmod(size, 128)
        length += bytes([low | (128 if size else 0)])
        if not size:
            return bytes([first]) + length + body


def connect(client_id: str, version: int = 4, keep_alive: int = 60, flags: int = 2, rest: bytes = b"") -> bytes:
    properties = b"\0" if version == 5 else b""
    return packet(0x10, text("MQTT") + bytes([version, flags]) + struct.pack(">H", keep_alive) + properties +
                  text(client_id) + rest)


def publication(topic: str, payload: bytes, qos: int = 0, version: int = 4, mid: int = 1) -> bytes:
    head = text(topic) + (struct.pack(">H", mid) if qos else b"") + (b"\0" if version == 5 else b"")
    return packet(0x30 | qos << 1, head + payload)


def subscription(topic: str, qos: int = 0, version: int = 4, mid: int = 1) -> bytes:
    return packet(0x82, struct.pack(">H", mid) + (b"\0" if version == 5 else b"") + text(topic) + bytes([qos]))


class Client:
    """MQTT by hand over TLS."""

    def __init__(self, pki: Path, endpoint: Endpoint, name: str = "s/a", seconds: float = 30) -> None:
        raw = endpoint.connect(name)
        raw.settimeout(seconds)
        self.tls = context(pki).wrap_socket(raw, server_hostname="localhost")

    def exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.tls.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def packet(self) -> bytes:
        """The next packet; EOFError at the end."""
        head, size, shift = self.exactly(1), 0, 0
        while True:
            byte = self.exactly(1)
            head += byte
            size |= (byte[0] & 127) << shift
            shift += 7
            if byte[0] < 128:
                return head + self.exactly(size)

    def connected(self, client_id: str, **kwargs: Any) -> Client:
        self.tls.sendall(connect(client_id, **kwargs))
        answer = self.packet()
        assert answer[0] == 0x20 and answer[3] == 0, answer
        return self

    def is_closed(self) -> list[bytes]:
        """Waits for the end in good order; what came before it."""
        packets = []
        try:
            while True:
                packets.append(self.packet())
        except EOFError:
            return packets


# --- unchanged clients

@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("qos", ["0", "1"])
def test_publish_and_subscribe(pki: Path, start: Start, version: str, qos: str) -> None:
    endpoint = start([mqtt_state(pki)])
    subscriber = subprocess.Popen(command("sub", pki, endpoint, "-V", version, "-q", qos, "-t", "a/#", "-C", "1", "-W",
                                          "40", "-F", "%t %q %p"), stdout=subprocess.PIPE, text=True)
    while subscriber.poll() is None:
        publish(pki, endpoint, "-V", version, "-q", qos, "-t", "a/b", "-m", "hello")
        time.sleep(0.05)
    assert subscriber.stdout.read() == f"a/b {qos} hello\n"
    assert subscriber.returncode == 0
    events = endpoint.finish()
    records = [event["application"]["mqtt"] for event in events]
    number = int(version == "mqttv5") + 4
    assert {record["version"] for record in records} == {number}
    assert {record["connack"] for record in records} == {0}
    assert {record["closed_for"] for record in records} == {None}
    assert sum(sum(record["published"]) for record in records) == sum(r["published"][int(qos)] for r in records) >= 1
    received = [record for record in records if sum(record["received"])]
    assert len(received) == 1 and received[0]["received"][int(qos)] >= 1
    assert received[0]["subscribed"] == 1
    assert not any(event["harness_short"] for event in events)


@pytest.mark.parametrize("version", VERSIONS)
def test_retained(pki: Path, start: Start, version: str) -> None:
    endpoint = start([mqtt_state(pki)])
    publish(pki, endpoint, "-V", version, "-q", "1", "-r", "-t", "state/lamp", "-m", "on")
    done = run("sub", pki, endpoint, "-V", version, "-q", "1", "-t", "state/lamp", "-C", "1", "-W", "20", "-F", "%r %p")
    assert done.stdout == "1 on\n", done.stderr


@pytest.mark.parametrize("version", [4, 5])
def test_will_only_without_a_disconnect(pki: Path, start: Start, version: str) -> None:
    endpoint = start([mqtt_state(pki)])
    watcher = Client(pki, endpoint).connected("watcher", version=version)
    watcher.tls.sendall(subscription("will", version=version))
    assert watcher.packet()[0] == 0x90
    for client_id, last in (("polite", packet(0xe0, b"")), ("dead", b"")):
        rest = (b"\0" if version == 5 else b"") + text("will") + text(client_id)
        client = Client(pki, endpoint).connected(client_id, version=version, flags=6, rest=rest)
        client.tls.sendall(last)
        if last:
            client.is_closed()
        client.tls.close()
    assert watcher.packet().endswith(b"dead")


@pytest.mark.parametrize("version", VERSIONS)
def test_mutual_tls(pki: Path, start: Start, version: str) -> None:
    auth = {"mode": "require", "anchors": str(pki / "ca.der")}
    endpoint = start([mqtt_state(pki, client_auth=auth, clock=int(time.time()))])
    credentials = ("--cert", str(pki / "leaf.pem"), "--key", str(pki / "leaf.key"))
    publish(pki, endpoint, "-V", version, "-q", "1", "-t", "a", "-m", "b", *credentials)
    assert run("pub", pki, endpoint, "-V", version, "-t", "a", "-m", "b").returncode != 0
    good, bad = endpoint.finish()
    assert good["client_certificate"]["subject"] == "CN=localhost"
    assert good["application"]["mqtt"]["published"] == [0, 1]
    assert (bad["handshake"], "mqtt" in bad["application"]) == ("failed", False)


@pytest.mark.parametrize("version", VERSIONS)
def test_alpn_is_insisted_on(pki: Path, start: Start, version: str) -> None:
    s = mqtt_state(pki)
    s["tls"] |= {"alpn": ["x-amzn-mqtt-ca"], "alpn_required": True}
    endpoint = start([s])
    message = ("-V", version, "-q", "1", "-t", "a", "-m", "b")
    publish(pki, endpoint, *message, "--tls-alpn", "x-amzn-mqtt-ca")
    assert run("pub", pki, endpoint, *message).returncode != 0
    assert run("pub", pki, endpoint, *message, "--tls-alpn", "mqtt").returncode != 0
    good, none, other = endpoint.finish()
    assert good["chose"]["alpn"] == "x-amzn-mqtt-ca"
    assert [alert["name"] for alert in none["alerts_sent"] + other["alerts_sent"]] == ["no_application_protocol"] * 2


@pytest.mark.parametrize("version", VERSIONS)
def test_qos_2_is_refused(pki: Path, start: Start, version: str) -> None:
    endpoint = start([mqtt_state(pki)])
    done = run("pub", pki, endpoint, "-V", version, "-q", "2", "-t", "a", "-m", "b", "--repeat", "1")
    assert done.returncode != 0 or version == "mqttv5"
    mqtt = endpoint.event()["application"]["mqtt"]
    assert mqtt["published"] == [0, 0]
    if version == "mqttv311":
        assert mqtt["closed_for"] == "qos-2"


@pytest.mark.parametrize("version", VERSIONS)
def test_largest_payload(pki: Path, start: Start, tmp_path: Path, version: str) -> None:
    endpoint = start([mqtt_state(pki)])
    for size in (131072, 131073):
        (tmp_path / str(size)).write_bytes(bytes(size))
    message = ("-V", version, "-q", "1", "-t", "a")
    publish(pki, endpoint, *message, "-f", str(tmp_path / "131072"))
    assert run("pub", pki, endpoint, *message, "-f", str(tmp_path / "131073")).returncode != 0
    good, bad = (event["application"]["mqtt"] for event in endpoint.finish())
    assert (good["published"], good["closed_for"]) == ([0, 1], None)
    assert (bad["published"], bad["closed_for"]) == ([0, 0], "payload")


# --- the relay

@pytest.mark.parametrize("version", [4, 5])
def test_one_connection_per_client_id(pki: Path, start: Start, version: int) -> None:
    endpoint = start([mqtt_state(pki)])
    before = Client(pki, endpoint).connected("same", version=version)
    other = Client(pki, endpoint).connected("other", version=version)
    for _ in range(20):
        after = Client(pki, endpoint).connected("same", version=version)
        last = before.is_closed()
        assert [(p[0], p[2]) for p in last] == ([(0xe0, 0x8e)] if version == 5 else [])
        before.tls.close()
        before = after
    for client in (before, other):
        client.tls.sendall(packet(0xc0, b""))
        assert client.packet() == b"\xd0\0"
        client.tls.close()
    events = [endpoint.event() for _ in range(22)]
    words = [event["application"]["mqtt"]["closed_for"] for event in events]
    assert sorted(words, key=str) == [None] * 2 + ["duplicate-client-id"] * 20
    assert not any(event["harness_short"] for event in events)


def test_a_killed_broker_is_no_refusal(pki: Path, start: Start) -> None:
    endpoint = start([mqtt_state(pki)])
    client = Client(pki, endpoint).connected("c")
    broker = broker_of(endpoint)
    folder = folder_of(broker)
    assert folder.stat().st_mode & 0o777 == 0o700
    os.kill(broker, signal.SIGKILL)
    assert client.is_closed() == []
    client.tls.close()
    event = endpoint.event()
    assert (event["harness_short"], event["application"]["mqtt"]["broker"]) == (True, "gone")
    assert event["close"] == {"by": "endpoint", "how": "alert"}
    late = Client(pki, endpoint)
    late.tls.sendall(connect("late"))
    assert late.is_closed() == []
    late.tls.close()
    event = endpoint.event()
    assert (event["harness_short"], event["application"]["mqtt"]["broker"]) == (True, "unreachable")
    _, err = endpoint.process.communicate(timeout=30)
    assert b"the MQTT broker ended (signal 9)" in err and endpoint.process.returncode == 0
    assert not folder.exists()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_no_broker_outlives_the_endpoint(pki: Path, start: Start, end: int) -> None:
    endpoint = start([mqtt_state(pki)])
    broker = broker_of(endpoint)
    folder = folder_of(broker)
    endpoint.process.send_signal(end)
    endpoint.process.wait(20)
    wait_for(lambda: gone(broker))
    another = start([mqtt_state(pki)])
    assert not folder.exists(), "what a killed one left is removed by the next"
    broker = broker_of(another)
    another.finish()
    assert gone(broker)


def test_many_at_once(pki: Path, start: Start) -> None:
    """More than the queue of the broker's socket holds, all in one moment."""
    endpoint = start([mqtt_state(pki)])
    clients = [Client(pki, endpoint) for _ in range(200)]
    broker = broker_of(endpoint)
    os.kill(broker, signal.SIGSTOP)
    for i, client in enumerate(clients):
        client.tls.sendall(connect(f"c{i}"))
    time.sleep(0.5)
    os.kill(broker, signal.SIGCONT)
    for client in clients:
        assert client.packet() == b"\x20\x02\0\0"
    events = []
    for client in clients:
        client.tls.sendall(packet(0xe0, b""))
        assert client.is_closed() == []
        client.tls.close()
        events.append(endpoint.event())
    assert {event["application"]["mqtt"]["connack"] for event in events} == {0}
    assert not any(event["harness_short"] for event in events)


GARBAGE = {"zeros": bytes(1000), "ones": b"\xff" * 1000, "http": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "no-connect": publication("a", b"b"), "endless": b"\x10\xff\xff\xff\xff\xff", "huge": b"\x10\xff\xff\xff\x7f",
           "mqtt-3.1": packet(0x10, text("MQIsdp") + b"\3\2\0\x3c" + text("c")), "nameless": packet(0x10, b"")}


def test_garbage_costs_its_connection_only(pki: Path, start: Start) -> None:
    endpoint = start([mqtt_state(pki)])
    good = Client(pki, endpoint).connected("good")
    for name, data in GARBAGE.items():
        bad = Client(pki, endpoint)
        bad.tls.sendall(data)
        assert all(answer[0] == 0x20 for answer in bad.is_closed()), name
        bad.tls.close()
        event = endpoint.event()
        assert event["application"]["mqtt"]["closed_for"], name
        assert not event["harness_short"], name
    bad = Client(pki, endpoint).connected("bad")
    bad.tls.sendall(b"\xf5\x03abc")
    bad.is_closed()
    bad.tls.close()
    good.tls.sendall(packet(0xc0, b""))
    assert good.packet() == b"\xd0\0"
    good.tls.close()
    endpoint.finish()


def test_who_is_silent_is_told(pki: Path, start: Start) -> None:
    endpoint = start([mqtt_state(pki, rules={"keep_alive_min": 1})])
    for version, last in ((4, []), (5, [0x8d])):
        silent = Client(pki, endpoint).connected("silent", version=version, keep_alive=1)
        assert [answer[2] for answer in silent.is_closed()] == last
        silent.tls.close()
        event = endpoint.event()
        assert (event["limit"], event["application"]["mqtt"]["closed_for"]) == ("keep_alive", "keep-alive-silence")


BROKEN = {"no-packet": (b"\0\0", True), "end": (b"", False),
          "qos-2": (packet(0x34, text("a") + b"\0\1x"), True),
          "endless": (b"\x30\xff\xff\xff\x7f\0\1a" + bytes(3 << 20), True)}


@pytest.mark.parametrize("name", BROKEN)
def test_what_the_broker_does_wrong_is_ours(pki: Path, start: Start, tmp_path: Path, name: str) -> None:
    data, is_ours = BROKEN[name]
    with socket.socket(socket.AF_UNIX) as broker:
        broker.bind(str(tmp_path / "s"))
        broker.listen()
        broker.settimeout(20)
        endpoint = start([mqtt_state(pki, application={"upstream": f"unix:{tmp_path}/s"})])
        client = Client(pki, endpoint)
        client.tls.sendall(connect("c"))
        session, _ = broker.accept()
        with session:
            session.settimeout(20)
            assert session.recv(100)[0] == 0x10
            session.sendall(b"\x20\x02\0\0")
            assert client.packet()[0] == 0x20
            try:
                session.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass
            if not is_ours:
                session.shutdown(socket.SHUT_WR)
            client.is_closed()
        client.tls.close()
        assert endpoint.event()["harness_short"] == is_ours


def test_keep_alive_and_not_the_idle_limit(pki: Path, start: Start) -> None:
    endpoint = start([mqtt_state(pki, rules={"keep_alive_min": 1})], idle_ms=1000)
    patient = Client(pki, endpoint).connected("patient", keep_alive=60)
    begin = time.monotonic()
    hasty = Client(pki, endpoint).connected("hasty", keep_alive=2)
    for _ in range(3):  # half a packet keeps nobody alive, however often
        time.sleep(0.5)
        hasty.tls.sendall(b"\xc0" if _ == 0 else b"")
    answers = hasty.is_closed()
    assert 2.8 < time.monotonic() - begin < 8
    assert all(answer[0] == 0xe0 for answer in answers)
    hasty.tls.close()
    event = endpoint.event()
    assert (event["limit"], event["close"]) == ("keep_alive", {"by": "endpoint", "how": "alert"})
    patient.tls.sendall(packet(0xc0, b""))
    assert patient.packet() == b"\xd0\0"
    patient.tls.close()
    assert endpoint.event()["limit"] is None
    silent = Client(pki, endpoint)  # no CONNECT: the endpoint's own limit
    assert silent.tls.recv(1) == b""
    assert endpoint.event()["limit"] == "idle_ms"


@pytest.fixture
def no_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    """ASan keeps freed memory for a while; here memory is measured."""
    monkeypatch.setenv("ASAN_OPTIONS", "quarantine_size_mb=0:thread_local_quarantine_size_kb=0")


def test_who_does_not_read_costs_little(pki: Path, start: Start, no_quarantine: None) -> None:
    endpoint = start([mqtt_state(pki)])
    lazy = Client(pki, endpoint).connected("lazy")
    lazy.tls.sendall(subscription("big"))
    assert lazy.packet()[0] == 0x90
    writer = Client(pki, endpoint).connected("writer")
    writer.tls.sendall(publication("big", bytes(100_000)))
    assert len(lazy.packet()) > 100_000
    before = endpoint.rss()
    for _ in range(400):
        writer.tls.sendall(publication("big", bytes(100_000)))
    writer.tls.sendall(packet(0xc0, b""))
    assert writer.packet() == b"\xd0\0"
    assert endpoint.rss() - before < 12 << 20
    for _ in range(20):
        assert len(lazy.packet()) > 100_000
    for client in (lazy, writer):
        client.tls.close()


def test_a_broker_that_does_not_read_holds_the_client(pki: Path, start: Start, no_quarantine: None) -> None:
    endpoint = start([mqtt_state(pki)])
    reader = Client(pki, endpoint).connected("reader")
    reader.tls.sendall(subscription("big"))
    assert reader.packet()[0] == 0x90
    writer = Client(pki, endpoint).connected("writer")
    broker = broker_of(endpoint)
    os.kill(broker, signal.SIGSTOP)
    before = endpoint.rss()
    writer.tls.settimeout(1)
    sent, message = 0, publication("big", bytes(100_000))
    with pytest.raises(TimeoutError):
        while sent < 400:
            writer.tls.sendall(message)
            sent += 1
    assert endpoint.rss() - before < 12 << 20
    os.kill(broker, signal.SIGCONT)
    for _ in range(sent):
        assert len(reader.packet()) > 100_000
    for client in (reader, writer):
        client.tls.close()


def test_last_words_reach_the_broker(pki: Path, start: Start, tmp_path: Path) -> None:
    """Messages, DISCONNECT and close_notify in one go, while the broker is busy."""
    endpoint = start([mqtt_state(pki)])
    keeper = ("-i", "keeper", "-c", "-q", "1", "-t", "late")
    assert run("sub", pki, endpoint, *keeper, "-E").returncode == 0
    client = Client(pki, endpoint).connected("talker")
    broker = broker_of(endpoint)
    os.kill(broker, signal.SIGSTOP)
    client.tls.sendall(b"".join(publication("late", str(i).encode(), 1, mid=i + 1) for i in range(50)) +
                       packet(0xe0, b""))
    raw = client.tls.unwrap()
    raw.close()
    assert endpoint.event()["application"]["mqtt"]["client_id"] == "keeper"
    assert endpoint.event()["application"]["mqtt"]["published"] == [0, 50]
    os.kill(broker, signal.SIGCONT)
    done = run("sub", pki, endpoint, *keeper, "-C", "50", "-W", "20")
    assert done.stdout.split() == [str(i) for i in range(50)]


def test_a_change_holds_for_new_connections(pki: Path, start: Start) -> None:
    endpoint = start([mqtt_state(pki)])
    old = Client(pki, endpoint).connected("old")
    endpoint.control("change", mqtt_state(pki, rules={"payload_bytes": 10}))
    assert endpoint.event() == {"event": "changed", "state": "s/a"}
    young = Client(pki, endpoint).connected("young")
    for client in (old, young):
        client.tls.sendall(publication("a", bytes(11), 1))
    assert old.packet() == b"\x40\x02\0\1"
    assert not any(answer[0] == 0x40 for answer in young.is_closed())
    young.tls.close()
    assert endpoint.event()["application"]["mqtt"]["closed_for"] == "payload"
    endpoint.control("change", state(pki, "s/a"))
    assert endpoint.event() == {"event": "changed", "state": "s/a"}
    test_endpoint.exchange(pki, endpoint)
    assert endpoint.event()["application"] == {"read": 1, "written": 1}
    old.tls.sendall(publication("a", bytes(11), 1, mid=2))
    assert old.packet() == b"\x40\x02\0\2"
    old.tls.close()


def test_another_broker(pki: Path, start: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
    broker = subprocess.Popen([mosquitto, "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        upstream = {"upstream": f"127.0.0.1:{port}"}
        endpoint = start([mqtt_state(pki, application=upstream)])
        wait_for(lambda: run("pub", pki, endpoint, "-q", "1", "-t", "a", "-m", "b").returncode == 0)
    finally:
        broker.kill()
        broker.wait()
    late = Client(pki, endpoint)
    late.tls.sendall(connect("late"))
    assert late.is_closed() == []
    late.tls.close()
    event = endpoint.finish()[-1]
    assert (event["harness_short"], event["application"]["mqtt"]["broker"]) == (True, "unreachable")


BAD = {
    "unknown": ("smtp", "state s/b: unknown application smtp"),
    "name-only": ("mqtt", "state s/b: application.upstream: missing"),
    "number": (7, "state s/b: application: a name or an object"),
    "no-protocol": ({}, "state s/b: application: a name or an object"),
    "byte-key": ({"protocol": "byte", "upstream": "unix:/a"}, "state s/b: application: byte takes no other key"),
    "upstream-number": (MQTT | {"upstream": 1}, "state s/b: application: "),
    "upstream-name": (MQTT | {"upstream": "localhost:1883"}, "state s/b: application.upstream: localhost:1883: not"),
    "upstream-no-port": (MQTT | {"upstream": "127.0.0.1"}, "state s/b: application.upstream: 127.0.0.1: not"),
    "upstream-long": (MQTT | {"upstream": "unix:/" + "x" * 108}, "state s/b: application.upstream: unix:/xxx"),
    "upstream-relative": (MQTT | {"upstream": "unix:broker"}, "state s/b: application.upstream: unix:broker: not"),
    "more": (MQTT | {"upstream": "unix:/a", "qos": 1}, "state s/b: application: "),
    "rules": (MQTT | {"upstream": "unix:/a", "rules": []}, "state s/b: application.rules: an object"),
    "rule": (MQTT | {"upstream": "unix:/a", "rules": {"qos": 1}}, "state s/b: application.rules.qos: there is no"),
    "rule-text": (MQTT | {"upstream": "unix:/a", "rules": {"filters": "8"}}, "application.rules.filters: a number"),
    "rule-low": (MQTT | {"upstream": "unix:/a", "rules": {"filters": 0}}, "application.rules.filters: a number from 1"),
    "rule-word": (MQTT | {"upstream": "unix:/a", "rules": {"keep_alive_over": "wait"}}, 'rules.keep_alive_over: "close"'),
    "rule-bool": (MQTT | {"upstream": "unix:/a", "rules": {"wait_for_connack": 1}}, "rules.wait_for_connack: true or"),
    "rule-order": (MQTT | {"upstream": "unix:/a", "rules": {"keep_alive_min": 90, "keep_alive_max": 60}},
                   "rules.keep_alive_min: it is above"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_configuration(pki: Path, start: Start, name: str) -> None:
    application, message = BAD[name]
    endpoint = start([state(pki, "s/a")])
    event = endpoint.add(state(pki, "s/b") | {"application": application})
    assert (event["event"], event["state"]) == ("refused", "s/b")
    assert message in event["text"]
    document = {"threads": 1, "limits": test_endpoint.LIMITS, "states": [state(pki, "s/b") | {"application": application}]}
    done = subprocess.run(program(), input=json.dumps(document), capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and done.stdout == ""
    assert message in done.stderr and done.stderr.count("\n") == 1


HIDDEN = ["unshare", "-rm", "sh", "-c", 'mount --bind /dev/null "$1" && shift && exec "$@"', "sh",
          shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin") or "/usr/sbin/mosquitto"]


@pytest.mark.skipif(subprocess.run([*HIDDEN, "true"], capture_output=True).returncode != 0,
                    reason="no mount namespaces here: mosquitto cannot be hidden")
def test_no_mosquitto_is_one_line(pki: Path) -> None:
    document = {"threads": 1, "limits": test_endpoint.LIMITS, "states": [mqtt_state(pki)]}
    done = subprocess.run([*HIDDEN, *program()], input=json.dumps(document), capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "apt-get install mosquitto" in done.stderr and done.stderr.count("\n") == 1


# --- over WebSocket

WSS = {"websocket": "/mqtt"}


def ask(pki: Path, endpoint: Endpoint, request: str) -> bytes:
    """The answer to one request, until the endpoint closes."""
    with context(pki).wrap_socket(endpoint.connect("s/a"), server_hostname="localhost") as tls:
        tls.settimeout(30)
        tls.sendall(request.encode())
        answer = b""
        while more := tls.recv(4096):
            answer += more
        return answer


@pytest.mark.parametrize("version", [4, 5])
def test_websocket(pki: Path, start: Start, version: int) -> None:
    """A client that is not ours publishes, and gets it back."""
    paho = pytest.importorskip("paho.mqtt.client")
    endpoint = start([mqtt_state(pki, application=WSS)])
    client = paho.Client(client_id="web", transport="websockets", protocol=version)
    got: list[bytes] = []
    client.tls_set(str(pki / "ca.pem"))
    client.ws_set_options(path="/mqtt")
    client.on_connect = lambda c, *rest: c.subscribe("a/b", qos=1)
    client.on_subscribe = lambda c, *rest: c.publish("a/b", b"x" * 100_000, qos=1)
    client.on_message = lambda c, data, message: got.append(message.payload)
    client.connect("localhost", endpoint.ports["s/a"])
    client.loop_start()
    wait_for(lambda: bool(got))
    client.disconnect()
    client.loop_stop()
    assert got == [b"x" * 100_000]
    application = endpoint.finish()[0]["application"]
    assert application["websocket"]["status"] == 101
    assert application["websocket"]["path"] == "/mqtt"
    mqtt = application["mqtt"]
    assert (mqtt["version"], mqtt["connack"], mqtt["published"], mqtt["received"]) == (version, 0, [0, 1], [0, 1])


@pytest.mark.parametrize("request_line, headers, status", [
    ("GET /other HTTP/1.1", "Upgrade: websocket\r\nConnection: Upgrade\r\n", b"404"),
    ("GET /mqtt HTTP/1.1", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 12\r\n", b"426"),
    ("GET /mqtt HTTP/1.1", "", b"426"),
    ("POST /topics/a?qos=1 HTTP/1.1", "Content-Length: 0\r\n", b"426"),
    ("no HTTP at all", "", b"400"),
])
def test_what_is_no_websocket(pki: Path, start: Start, request_line: str, headers: str, status: bytes) -> None:
    endpoint = start([mqtt_state(pki, application=WSS)])
    answer = ask(pki, endpoint, f"{request_line}\r\nHost: a\r\n{headers}\r\n")
    assert answer.split()[1] == status
    application = endpoint.finish()[0]["application"]
    assert application["websocket"]["status"] == int(status)
    assert application["mqtt"]["version"] == 0


def test_mqtt_without_the_websocket(pki: Path, start: Start) -> None:
    """Packets where a request is due: never an answer that looks like a broker's."""
    endpoint = start([mqtt_state(pki, application=WSS)])
    client = Client(pki, endpoint)
    client.tls.sendall(connect("thing") + b"\r\n\r\n")
    assert client.tls.recv(4096).startswith(b"HTTP/1.1 400")
