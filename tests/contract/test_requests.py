"""The request job of the shim contract: a key and a certificate signing request, made by each build's own library."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from contract import Json, Pki, Shim, job, server_context, tls_server

KEYS = {"rsa-2048": "2048 bit", "p-256": "prime256v1"}


def request(key: str, **more: str) -> Json:
    return {"id": "made", "request": {"key": key, "name": "device-1", **more}}


def openssl(*words: str, text: str = "") -> str:
    done = subprocess.run(["openssl", *words], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + text
    return done.stdout


def need(features: set[str], key: str) -> None:
    if f"request-{key}" not in features:
        pytest.skip(f"this build makes no request with {key}")


@pytest.mark.parametrize("key", KEYS)
def test_is_made_or_is_no_feature(shim: Shim, features: set[str], key: str) -> None:
    """openssl reads the request: its signature, its name, its key's kind, and that the key is the one it came with."""
    a = shim.ask(request(key))
    if f"request-{key}" not in features:
        assert (a["outcome"], a["why"]["feature"]) == ("unsupported", f"request-{key}")
        assert "made" not in a
        return
    assert a["outcome"] == "made" and a["local_port"] is None, a["why"]
    assert set(a["made"]) == {"key", "request"}
    told = openssl("req", "-verify", "-noout", "-text", text=a["made"]["request"])
    assert KEYS[key] in told and "sha256" in told.lower().replace("-", "")
    assert openssl("req", "-noout", "-subject", "-nameopt", "RFC2253", text=a["made"]["request"]).strip() == "subject=CN=device-1"
    public = openssl("req", "-noout", "-pubkey", text=a["made"]["request"])
    assert public == openssl("pkey", "-pubout", text=a["made"]["key"])


@pytest.mark.parametrize("key", KEYS)
def test_each_key_is_a_new_one_or_the_kept(shim: Shim, features: set[str], tmp_path: Path, key: str) -> None:
    need(features, key)
    first, second = (shim.ask(request(key))["made"] for _ in range(2))
    assert first["key"] != second["key"]
    kept = tmp_path / "kept.key"
    kept.write_text(first["key"])
    again = shim.ask(request(key, kept=str(kept)))["made"]
    assert openssl("req", "-noout", "-pubkey", text=again["request"]) == openssl("pkey", "-pubout", text=first["key"])
    assert openssl("pkey", text=again["key"]) == openssl("pkey", text=first["key"])


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_another_kind_is_not_kept(shim: Shim, features: set[str], tmp_path: Path, key: str) -> None:
    need(features, key)
    other = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256") if key == "rsa-2048" else ("rsa", "-pkeyopt", "rsa_keygen_bits:2048")
    kept = tmp_path / "other.key"
    kept.write_text(openssl("genpkey", "-algorithm", *other))
    for path in (kept, tmp_path / "none.key"):
        a = shim.ask(request(key, kept=str(path)))
        assert (a["outcome"], a["refused_by"]) == ("error", None), a
        assert "made" not in a
    assert shim.ask(request(key))["outcome"] == "made"


@pytest.mark.parametrize("key", KEYS)
def test_what_was_made_is_an_identity(shim: Shim, features: set[str], pki: Pki, tmp_path: Path, key: str) -> None:
    """The same build takes its key with a certificate of its request; and a connection needs the heap that it needed before
    (numbers of different length make a few bytes, the first connection of some builds more)."""
    need(features, key)
    context = server_context(pki)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(pki.path("root.pem"))
    shown: list[bytes | None] = []
    server = tls_server(context)
    context.sslsocket_class = type("Seen", (ssl.SSLSocket,), {
        "recv": lambda self, *a: shown.append(self.getpeercert(True)) or ssl.SSLSocket.recv(self, *a)})
    shim.ask(job(pki, server.port))
    before = shim.ask(job(pki, server.port))
    made = shim.ask(request(key))["made"]
    (tmp_path / "made.key").write_text(made["key"])
    (tmp_path / "made.csr").write_text(made["request"])
    openssl("x509", "-req", "-in", str(tmp_path / "made.csr"), "-CA", pki.path("root.pem"), "-CAkey", pki.path("root.key"),
            "-set_serial", "77", "-out", str(tmp_path / "made.crt"))
    identity = {"certificate": str(tmp_path / "made.crt"), "key": str(tmp_path / "made.key")}
    a = shim.ask(job(pki, server.port, identity=identity))
    assert a["outcome"] == "connected", a["why"]
    assert ssl.PEM_cert_to_DER_cert((tmp_path / "made.crt").read_text()) in shown
    after = shim.ask(job(pki, server.port))
    assert abs(after["measured"]["peak_heap"] - before["measured"]["peak_heap"]) <= 16


@pytest.mark.parametrize("bad, told", [
    ({"key": "p-256"}, "name of at most 63"),
    ({"name": "x"}, "key, and a name"),
    ({"key": 256, "name": "x"}, "request.key"),
    ({"key": "p-256", "name": "x" * 64}, "at most 63"),
    ({"key": "p-256", "name": "x,O=y"}, "letters"),
    ({"key": "p-256", "name": " x"}, "letters"),
    ("p-256", "request. is not an object"),
])
def test_malformed(shim: Shim, bad: Json | str, told: str) -> None:
    a = shim.ask({"id": "bad", "request": bad})
    assert a["outcome"] == "error" and told in a["why"]["native"]["text"], a


@pytest.mark.parametrize("ask, feature", [({"key": "ed25519", "name": "x"}, "request-ed25519"),
                                          ({"key": "p-256", "name": "x", "curve": "y"}, "request.curve")])
def test_what_no_shim_knows(shim: Shim, ask: Json, feature: str) -> None:
    a = shim.ask({"id": "new", "request": ask})
    assert (a["outcome"], a["why"]["feature"]) == ("unsupported", feature)


def test_a_long_name(shim: Shim, features: set[str]) -> None:
    """The longest one, whole."""
    need(features, "p-256")
    name = "n" * 63
    a = shim.ask({"id": "long", "request": {"key": "p-256", "name": name}})
    assert a["outcome"] == "made", a["why"]
    assert f"CN={name}\n" in openssl("req", "-noout", "-subject", "-nameopt", "RFC2253", text=a["made"]["request"])


def test_a_command_makes_none(tmp_path: Path) -> None:
    """A client that is attached by its command line has no library of ours."""
    root = Path(__file__).resolve().parents[2]
    client = tmp_path / "true.yaml"
    client.write_text("client: nobody\ntitle: Nobody\npackage: coreutils\ncommand: [\"true\"]\nclock: none\nfeatures: [time-off]\nconnected: [0]\n")
    done = subprocess.run([str(root / "build/bin/command-client"), str(client)], text=True, timeout=60, check=False,
                          input='{"id":"a","request":{"key":"p-256","name":"x"}}\n', capture_output=True)
    assert '"unsupported"' in done.stdout and '"request-p-256"' in done.stdout, done.stdout + done.stderr
