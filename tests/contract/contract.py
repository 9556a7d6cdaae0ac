"""What the contract tests stand on: every built shim, certificates made on the fly, and servers that behave in one way
each. Knows no stack by name."""

from __future__ import annotations

import json
import os
import select
import socket
import ssl
import subprocess
import threading
from calendar import timegm
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = "device-endpoint.example"
NOW = timegm((2024, 7, 1, 0, 0, 0))
DAY = 86400
Json = dict[str, Any]


def shims() -> list[Path]:
    """The programs that were built, plain and with sanitizers."""
    found = [p for d in ("build/bin", "build/asan/bin")
             for p in sorted((ROOT / d).glob("shim-*"))]
    return [p for p in found if os.access(p, os.X_OK)]


def shim_id(path: Path) -> str:
    return str(path.relative_to(ROOT / "build")).replace("bin/", "")


class Shim:
    """One shim program: asks a job, reads the answer."""

    def __init__(self, path: Path) -> None:
        # A library without frame pointers gives the sanitizer a new stack
        # for each allocation, and it keeps them all.
        env = dict(os.environ, ASAN_OPTIONS="quarantine_size_mb=1:"
                                            "malloc_context_size=1")
        self.path = path
        self.process = subprocess.Popen(
            [str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=env, bufsize=0)
        self.rest = b""

    def line(self, text: bytes) -> Json:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(text + b"\n")
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.process.stdout], [], [], 60)
            assert ready, f"{self.path.name}: no answer in a minute"
            got = os.read(self.process.stdout.fileno(), 65536)
            assert got, f"{self.path.name} ended: {self.process.wait()}"
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def ask(self, job: Json) -> Json:
        answer = self.line(json.dumps(job).encode())
        assert answer["id"] == job["id"]
        return answer

    def end(self) -> int:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        status = self.process.wait(60)
        self.process.stdout.close()
        return status


CA_CONFIG = """
[ca]
default_ca = this
[this]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
x509_extensions = leaf
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = DNS:device-endpoint.example
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Pki:
    """A small CA by the openssl command, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "ca.cnf").write_text(CA_CONFIG)
        (folder / "index.txt").touch()
        (folder / "serial").write_text("1000\n")
        for root in ("root", "other"):
            self.make(root, root, "root", "20200101000000Z", "20400101000000Z")
        self.make("leaf", "root", "leaf", "20240101000000Z", "20250101000000Z")
        self.make("client", "root", "leaf", "20240101000000Z",
                  "20250101000000Z")
        self.make("stranger", "other", "leaf", "20240101000000Z",
                  "20250101000000Z")
        self.make("cross", "other", "root", "20200101000000Z",
                  "20230101000000Z", key="root")
        self.make("living-cross", "other", "root", "20200101000000Z",
                  "20400101000000Z", key="root")

    def run(self, *args: str) -> bytes:
        done = subprocess.run(["openssl", *args], cwd=self.folder, check=False,
                              capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def make(self, name: str, issuer: str, kind: str, start: str,
             end: str, key: str | None = None) -> None:
        """With `key`: another certificate of that name and key."""
        new = (["-key", f"{key}.key"] if key else
               ["-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key"])
        self.run("req", "-new", "-config", "ca.cnf", *new, "-out",
                 f"{name}.csr", "-subj", f"/CN=contract {key or name}")
        sign = (["-selfsign"] if name == issuer
                else ["-cert", f"{issuer}.pem"])
        self.run("ca", "-batch", "-config", "ca.cnf", "-notext", "-keyfile", f"{issuer}.key", *sign, "-in",
                 f"{name}.csr", "-out", f"{name}.pem", "-extensions", kind,
                 "-startdate", start, "-enddate", end)
        self.run("x509", "-in", f"{name}.pem", "-outform", "DER", "-out",
                 f"{name}.der")

    def make_with(self, name: str, issuer: str, extensions: str) -> None:
        """Valid like the leaf, with these extensions (lines of openssl.cnf)."""
        config = self.folder / "ca.cnf"
        config.write_text(f"{CA_CONFIG}[custom]\n{extensions}\n")
        self.make(name, issuer, "custom", "20240101000000Z", "20250101000000Z")
        config.write_text(CA_CONFIG)

    def chain(self, *names: str) -> str:
        """A PEM file of these certificates, in this order."""
        path = self.folder / ("-".join(names) + ".chain")
        path.write_bytes(b"".join((self.folder / f"{n}.pem").read_bytes()
                                  for n in names))
        return str(path)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def der(self, name: str) -> bytes:
        return (self.folder / f"{name}.der").read_bytes()

    def spki(self, name: str) -> bytes:
        pem = self.run("x509", "-in", f"{name}.pem", "-pubkey", "-noout")
        return ssl.PEM_cert_to_DER_cert(
            pem.decode().replace("PUBLIC KEY", "CERTIFICATE"))


Behaviour = Callable[[socket.socket], None]


def until_closed(peer: socket.socket) -> None:
    while peer.recv(4096):
        pass


class Server:
    """Accepts on a loopback port; each connection gets the same behaviour. Ends with its test."""

    living: list[Server] = []

    def __init__(self, behaviour: Behaviour) -> None:
        Server.living.append(self)
        self.behaviour = behaviour
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,),
                             daemon=True).start()

    def serve(self, peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.settimeout(30)
        with peer:
            try:
                self.behaviour(peer)
            except OSError:
                pass  # what the client did is the client's to tell


def tls_server(context: ssl.SSLContext) -> Server:
    def behaviour(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True,
                                 do_handshake_on_connect=False) as tls:
            try:
                tls.do_handshake()
                tls.send(tls.recv(1))
                until_closed(tls)
            except ssl.SSLError:
                # A close with bytes unread is a reset: it would take the
                # alert away from the client.
                with socket.socket(fileno=os.dup(tls.fileno())) as raw:
                    until_closed(raw)
    return Server(behaviour)


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


def server_context(pki: Pki) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.path("leaf.pem"), pki.path("leaf.key"))
    return context


@pytest.fixture(scope="session")
def server(pki: Pki) -> Server:
    s = tls_server(server_context(pki))
    Server.living.remove(s)  # for all tests
    return s


@pytest.fixture(autouse=True)
def _servers_end() -> Iterator[None]:
    yield
    while Server.living:
        Server.living.pop().close()


@pytest.fixture(params=shims(), ids=shim_id)
def shim(request: pytest.FixtureRequest) -> Iterator[Shim]:
    s = Shim(request.param)
    yield s
    assert s.end() == 0, f"{s.path.name}: bad exit status after its jobs"


@pytest.fixture
def described(shim: Shim) -> Json:
    return json.loads(subprocess.run([str(shim.path), "--describe"],
                                     check=True, capture_output=True).stdout)


@pytest.fixture
def features(described: Json) -> set[str]:
    return set(described["features"])


def job(pki: Pki, port: int, **want: Any) -> Json:
    """A job that must connect, with changes to its `want`."""
    return {"id": "contract", "host": "127.0.0.1", "port": port,
            "timeout_ms": 20000,
            "want": {"anchors": pki.path("root.der"), "name": NAME,
                     "clock": NOW, **want}}
