"""The application `relay`: a plain service behind the endpoint."""

from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import threading
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from test_endpoint import Endpoint, context, configuration, pki, program, start, state  # noqa: F401

BYTES = 3 << 20


def behind(path: Path) -> dict[str, str]:
    return {"protocol": "relay", "upstream": f"unix:{path}"}


@pytest.fixture(name="service")
def _service(tmp_path: Path) -> Iterator[Path]:
    """Gives back what it gets, until it reads an X at the end of a piece; then it closes."""
    path = tmp_path / "service"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve(peer: socket.socket) -> None:
        with peer:
            try:
                while data := peer.recv(65536):
                    peer.sendall(data)
                    if data.endswith(b"X"):
                        return
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    yield path
    listener.close()


def test_as_it_is_on_both_ways(pki: Path, start: Callable[..., Endpoint], service: Path) -> None:  # noqa: F811
    endpoint = start([state(pki, "s/a", application=behind(service))])
    sent = bytes(i % 251 for i in range(BYTES))
    got = bytearray()
    with endpoint.connect() as raw, context(pki).wrap_socket(raw, server_hostname="localhost") as tls:
        writer = threading.Thread(target=tls.sendall, args=(sent,))
        writer.start()
        while len(got) < BYTES:
            got += tls.recv(65536)
        writer.join()
    assert bytes(got) == sent
    event = endpoint.event()
    assert event["application"] == {"read": BYTES, "written": BYTES}
    assert (event["close"]["by"], event["harness_short"]) == ("peer", False)
    assert endpoint.finish() == []


def test_who_does_not_read_costs_little(pki: Path, start: Callable[..., Endpoint], service: Path) -> None:  # noqa: F811
    endpoint = start([state(pki, "s/a", application=behind(service))])
    with endpoint.connect() as raw, context(pki).wrap_socket(raw, server_hostname="localhost") as tls:
        tls.settimeout(2)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 64 << 20:
                sent += tls.send(bytes(65536))
        assert sent < 32 << 20
    assert endpoint.event()["close"]["by"] == "peer"


def test_the_service_closes(pki: Path, start: Callable[..., Endpoint], service: Path) -> None:  # noqa: F811
    endpoint = start([state(pki, "s/a", application=behind(service))])
    with endpoint.connect() as raw, context(pki).wrap_socket(raw, server_hostname="localhost") as tls:
        tls.sendall(b"the last words X")
        assert tls.recv(100) == b"the last words X"
        assert tls.recv(1) == b""
    event = endpoint.event()
    assert (event["close"], event["harness_short"]) == ({"by": "endpoint", "how": "alert"}, False)


def test_a_service_that_is_not_there_is_no_refusal(pki: Path, start: Callable[..., Endpoint],  # noqa: F811
                                                   tmp_path: Path) -> None:
    endpoint = start([state(pki, "s/a", application=behind(tmp_path / "nobody"))])
    with endpoint.connect() as raw, context(pki).wrap_socket(raw, server_hostname="localhost") as tls:
        tls.sendall(b"x")
        assert tls.recv(1) == b""
    assert endpoint.event()["harness_short"] is True


BAD: dict[str, tuple[Any, str]] = {
    "no-address": ({"protocol": "relay"}, "s/a: application"),
    "name-only": ("relay", "s/a: application.upstream: missing"),
    "address": ({"protocol": "relay", "upstream": "localhost"}, "application.upstream: localhost: not an address"),
    "another-key": ({"protocol": "relay", "upstream": "unix:/x", "rules": {}}, "s/a: application"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_configuration(pki: Path, name: str) -> None:  # noqa: F811
    application, told = BAD[name]
    done = subprocess.run(program(), input=configuration(pki, application=application) + "\n", text=True,
                          capture_output=True, timeout=30, check=False)
    assert done.returncode == 2
    assert told in done.stderr
    assert json.loads(done.stdout or "null") is None


@pytest.mark.parametrize("has_certificate", [True, False])
def test_the_service_sees_who_it_is(pki: Path, tmp_path: Path, start: Callable[..., Endpoint],  # noqa: F811
                                    has_certificate: bool) -> None:
    """By the name of the other end: the SHA-256 of the client's certificate, or nothing."""
    path, names = tmp_path / "service", []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        endpoint = start([state(pki, "s/a", application=behind(path) | {"identity": True},
                                client_auth={"mode": "any" if has_certificate else "none", "anchors": None})])
        ctx = context(pki)
        if has_certificate:
            ctx.load_cert_chain(pki / "other.pem", pki / "other.key")
        for _ in range(2):
            with endpoint.connect() as raw, ctx.wrap_socket(raw, server_hostname="localhost") as tls:
                tls.sendall(b"x")
                peer, name = listener.accept()
                with peer:
                    peer.sendall(peer.recv(1))
                    names.append(name)
                    assert tls.recv(1) == b"x"
    digest = hashlib.sha256((pki / "other.der").read_bytes()).hexdigest() if has_certificate else ""
    for name in names:
        assert name.startswith(b"\0chainbreak-relay-") and name.endswith(f":{digest}".encode())


def test_only_a_unix_socket_can_be_told(pki: Path) -> None:  # noqa: F811
    text = configuration(pki, application={"protocol": "relay", "upstream": "127.0.0.1:1", "identity": True})
    done = subprocess.run(program(), input=text + "\n", text=True, capture_output=True, timeout=30)
    assert done.returncode == 2 and "application.identity: only a unix socket" in done.stderr
