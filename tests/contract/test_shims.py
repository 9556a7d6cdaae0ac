"""The shim contract (docs/record.md, docs/adding-a-stack.md), for every shim that is built."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from contract import (DAY, NOW, Json, Pki, Server, Shim, job, server_context,
                      shims, tls_server, until_closed)


def reason(answer: Json) -> tuple[str, str | None, str]:
    return answer["outcome"], answer["refused_by"], answer["why"]["reason"]


def need(features: set[str], *names: str) -> None:
    missing = set(names) - features
    if missing:
        pytest.skip(f"this build lacks {', '.join(sorted(missing))}")


def test_some_shim_is_built() -> None:
    assert shims(), "no shim in build/bin: run make first"


def test_describe(shim: Shim) -> None:
    out = subprocess.run([str(shim.path), "--describe"], check=True,
                         capture_output=True).stdout
    d = json.loads(out)
    assert set(d) == {"stack", "family", "version", "configuration",
                      "features", "limits", "emulates", "protocol"}
    assert d["protocol"] == 1
    assert "shim-" + d["stack"] == shim.path.name
    assert {"tls-1.2", "sni", "clock"} <= set(d["features"])


def test_usage(shim: Shim) -> None:
    done = subprocess.run([str(shim.path), "--nonsense"], check=False,
                          capture_output=True)
    assert done.returncode == 2
    assert b"usage:" in done.stderr and not done.stdout


FIELDS = {
    "": {"id", "outcome", "refused_by", "why", "got", "measured",
         "wire", "local_port", "emulated"},
    "why": {"stage", "reason", "alert_sent", "alert_received", "native",
            "feature"},
    "got": {"version", "suite", "group", "signature_algorithm", "alpn",
            "certificates", "anchors_loaded", "anchors_refused",
            "security_level", "resumed"},
    "measured": {"peak_heap", "allocations_refused", "wall_us", "cpu_us",
                 "bytes_in", "bytes_out", "harness_short"},
}


def test_connects(shim: Shim, pki: Pki, server: Server) -> None:
    a = shim.ask(job(pki, server.port))
    assert reason(a) == ("connected", None, "none"), json.dumps(a)
    for where, fields in FIELDS.items():
        assert set(a[where] if where else a) == fields
    assert a["got"]["version"] in ("1.2", "1.3")
    assert a["got"]["suite"].startswith("TLS_")
    assert a["got"]["anchors_loaded"] == 1
    assert a["got"]["anchors_refused"] == 0
    assert a["local_port"] > 0
    assert a["measured"]["bytes_in"] > 1000
    assert a["measured"]["cpu_us"] > 0
    assert a["why"]["stage"] == "application"


@pytest.mark.parametrize("want,expected", [
    ({"clock": NOW + 400 * DAY}, "expired"),
    ({"clock": NOW - 400 * DAY}, "not-yet-valid"),
    ({"name": "another.example"}, "name-mismatch"),
])
def test_refuses(shim: Shim, pki: Pki, server: Server, want: Json,
                 expected: str) -> None:
    a = shim.ask(job(pki, server.port, **want))
    assert reason(a) == ("refused", "client", expected), a
    assert a["why"]["native"]["code"] or a["why"]["native"]["flags"]


def test_refuses_other_anchor(shim: Shim, pki: Pki, server: Server) -> None:
    a = shim.ask(job(pki, server.port, anchors=pki.path("other.der")))
    assert reason(a) == ("refused", "client", "unknown-ca"), a
    assert a["why"]["stage"] == "certificate"


def test_refuses_empty_store(shim: Shim, pki: Pki, server: Server,
                             tmp_path: Path) -> None:
    (tmp_path / "none.der").touch()
    a = shim.ask(job(pki, server.port, anchors=str(tmp_path / "none.der")))
    assert reason(a) == ("refused", "client", "unknown-ca"), a


def test_no_anchors_file(shim: Shim, pki: Pki, server: Server) -> None:
    a = shim.ask(job(pki, server.port, anchors=pki.path("missing.der")))
    assert a["outcome"] == "error" and a["local_port"] is None, a
    test_connects(shim, pki, server)


@pytest.mark.parametrize("verify,want,feature", [
    ({"chain": False}, {"anchors": "other.der"}, None),
    ({"name": False}, {"name": "another.example"}, "name-off"),
    ({"time": False}, {"clock": NOW + 400 * DAY}, "time-off"),
])
def test_verification_off(shim: Shim, pki: Pki, server: Server,
                          features: set[str], verify: Json, want: Json,
                          feature: str | None) -> None:
    if "anchors" in want:
        want = {"anchors": pki.path(want["anchors"])}
    a = shim.ask(job(pki, server.port, verify=verify, **want))
    if feature and feature not in features:
        assert a["outcome"] == "unsupported"
        assert a["why"]["feature"] == feature
    else:
        assert reason(a) == ("connected", None, "none"), json.dumps(a)


def test_lists_that_the_build_lacks(shim: Shim, pki: Pki,
                                    server: Server) -> None:
    """Nothing can be said of a device whose only suite the build has not
    got; each build lacks at least one of these two."""
    answers = [shim.ask(job(pki, server.port, suites=[suite])) for suite in
               ("TLS_RSA_WITH_RC4_128_SHA", "TLS_DH_anon_WITH_AES_128_CBC_SHA")]
    lacks = [a for a in answers if a["outcome"] == "unsupported"]
    assert lacks and all(a["why"]["feature"] == "suites" for a in lacks), answers


@pytest.mark.parametrize("clock", [0, NOW - 400 * DAY, NOW + 400 * DAY])
@pytest.mark.parametrize("want,expected", [
    ({}, None),
    ({"name": "another.example"}, "name-mismatch"),
    ({"anchors": "other.der"}, "unknown-ca"),
])
def test_time_off_is_only_time(shim: Shim, pki: Pki, server: Server,
                               features: set[str], clock: int, want: Json,
                               expected: str | None) -> None:
    """Without dates everything else is still checked."""
    need(features, "time-off")
    if "anchors" in want:
        want = {"anchors": pki.path(want["anchors"])}
    a = shim.ask(job(pki, server.port, clock=clock, verify={"time": False},
                     **want))
    assert reason(a) == (("refused", "client", expected) if expected
                         else ("connected", None, "none")), json.dumps(a)


@pytest.mark.parametrize("want,feature", [
    ({"require": ["time-travel"]}, "time-travel"),
    ({"colour": "blue"}, "want.colour"),
    ({"verify": {"mood": True}}, "verify.mood"),
    ({"suites": ["TLS_NO_SUCH_SUITE"]}, "TLS_NO_SUCH_SUITE"),
])
def test_unsupported(shim: Shim, pki: Pki, server: Server, want: Json,
                     feature: str) -> None:
    a = shim.ask(job(pki, server.port, **want))
    assert a["outcome"] == "unsupported", a
    assert a["why"]["feature"] == feature
    assert a["local_port"] is None and a["measured"]["bytes_out"] == 0


def test_each_feature(shim: Shim, pki: Pki, server: Server,
                      features: set[str]) -> None:
    every = {"alpn": ["x"], "groups": ["secp256r1"],
             "signature-algorithms": ["rsa_pkcs1_sha256"]}
    for name in every.keys() - features:
        a = shim.ask(job(pki, server.port,
                         **{name.replace("-", "_"): every[name]}))
        assert a["outcome"] == "unsupported"
        assert a["why"]["feature"] == name
    for version in ("1.0", "1.1", "1.2", "1.3"):
        a = shim.ask(job(pki, server.port,
                         versions={"min": version, "max": version}))
        supported = f"tls-{version}" in features
        assert (a["outcome"] != "unsupported") == supported, a


@pytest.mark.parametrize("line", [
    b"{", b"[]", b"null", b"\x00\xff", b'{"id": "x"}', b'"' + b"x" * 2000000,
    b'{"id": "x", "host": "127.0.0.1", "port": 99999, "want": {}}',
    b"[" * 100000,
    b'{"id": "x", "host": "127.0.0.1", "port": 1, "want": null}',
], ids=lambda line: line[:12].decode("latin-1") + str(len(line)))
def test_malformed(shim: Shim, pki: Pki, server: Server, line: bytes) -> None:
    a = shim.line(line)
    assert a["outcome"] == "error"
    assert a["id"] == ("x" if b'"id"' in line else None)
    assert a["why"]["native"]["text"]
    assert reason(shim.ask(job(pki, server.port)))[0] == "connected"


def test_empty_line_is_ignored(shim: Shim, pki: Pki, server: Server) -> None:
    a = shim.line(b"\n\n" + json.dumps(job(pki, server.port)).encode())
    assert reason(a)[0] == "connected"


def peer_closes(peer: socket.socket) -> None:
    peer.recv(4096)


def peer_talks_http(peer: socket.socket) -> None:
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    peer.shutdown(socket.SHUT_WR)
    until_closed(peer)


def alerting(code: int) -> Server:
    def behaviour(peer: socket.socket) -> None:
        peer.recv(4096)
        peer.sendall(bytes([21, 3, 3, 0, 2, 2, code]))
        until_closed(peer)
    return Server(behaviour)


def test_silent_server(shim: Shim, pki: Pki) -> None:
    quiet = job(pki, Server(until_closed).port)
    quiet["timeout_ms"] = 200
    a = shim.ask(quiet)
    assert reason(a) == ("error", None, "timeout"), a
    assert 200000 <= a["measured"]["wall_us"] < 5000000


def test_closing_server(shim: Shim, pki: Pki) -> None:
    a = shim.ask(job(pki, Server(peer_closes).port))
    assert reason(a) == ("refused", "server", "peer-closed"), a
    assert a["why"]["stage"] == "hello"


def test_garbage_server(shim: Shim, pki: Pki) -> None:
    a = shim.ask(job(pki, Server(peer_talks_http).port))
    assert reason(a) == ("refused", "client", "protocol-error"), a


@pytest.mark.parametrize("code,alpn,expected", [
    (40, [], "suite-mismatch"), (70, [], "version-unsupported"),
    (71, [], "suite-mismatch"), (80, [], "protocol-error"),
    (120, ["mqtt"], "application-refused"),
    (120, [], "protocol-error"),  # nothing was offered that could be refused
])
def test_alert(shim: Shim, pki: Pki, features: set[str], code: int, alpn: list[str], expected: str) -> None:
    if alpn:
        need(features, "alpn")
    a = shim.ask(job(pki, alerting(code).port, alpn=alpn))
    assert reason(a) == ("refused", "server", expected), a
    assert a["why"]["alert_received"] == code


@pytest.mark.parametrize("name", ["192.0.2.1", "device", "2001:db8::1", "-.example", "name_with_underscores.example"])
def test_another_name_is_a_verdict(shim: Shim, pki: Pki, server: Server, name: str) -> None:
    """A name that a library does not take is `unsupported`, before any connection; no name is left unchecked."""
    a = shim.ask(job(pki, server.port, name=name, sni=False))
    if a["outcome"] == "unsupported":
        assert (a["why"]["feature"], a["local_port"]) == ("reference-name", None), a
    else:
        assert reason(a) == ("refused", "client", "name-mismatch"), a


LEAF = "basicConstraints=critical,CA:false\nsubjectAltName=DNS:device-endpoint.example\n"
USES = "keyUsage=critical,digitalSignature,keyEncipherment\n"
ISSUER = "basicConstraints=critical,CA:true\nsubjectKeyIdentifier=hash\nkeyUsage=critical,keyCertSign\n"
# What stands in a leaf, and in a CA between it and the root (none: the root signs it): what a library may say. None is
# for those that do not look at it.
SPOILED = {
    "must-staple": (LEAF + USES + "tlsfeature=status_request", "", {None, "ocsp-required"}),
    "leaf-signs-only-certificates": (LEAF + "keyUsage=critical,keyCertSign", "", {None, "key-usage", "bad-ca"}),
    "unknown-critical": (LEAF + USES + "1.2.3.4.5=critical,DER:05:00", "", {"unsupported-critical-extension"}),
    "proxy": (USES + "proxyCertInfo=critical,language:id-ppl-anyLanguage,pathlen:1,policy:text:AB", "",
              {"unsupported-critical-extension", "name-mismatch"}),
    "name-excluded": (LEAF + USES, ISSUER + "nameConstraints=critical,excluded;DNS:example",
                      {None, "name-constraints", "unsupported-critical-extension"}),
    "ca-for-clients": (LEAF + USES, ISSUER + "extendedKeyUsage=clientAuth", {None, "key-usage"}),
    "ca-is-none": (LEAF + USES, "basicConstraints=critical,CA:false\nkeyUsage=critical,keyCertSign",
                   {"bad-ca", "unknown-ca"}),
    "ca-signs-nothing": (LEAF + USES, "basicConstraints=critical,CA:true\nkeyUsage=critical,digitalSignature",
                         {"bad-ca", "unknown-ca"}),
    "resources": (LEAF + USES + "sbgp-ipAddrBlock=critical,IPv4:11.0.0.0/8",
                  ISSUER + "sbgp-ipAddrBlock=critical,IPv4:10.0.0.0/8",
                  {"bad-ca", "unsupported-critical-extension", "unknown-ca"}),
    "usage-is-no-bits": (LEAF + USES, "basicConstraints=critical,CA:true\nkeyUsage=critical,DER:04:01:00",
                         {"certificate-parse-error", "unsupported-critical-extension", "unknown-ca", "bad-ca"}),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_certificate_has_a_reason(shim: Shim, pki: Pki, what: str) -> None:
    leaf, issuer, allowed = SPOILED[what]
    names = [f"{what}-leaf"] + [f"{what}-ca"] * bool(issuer)
    if not Path(pki.path(f"{names[0]}.pem")).exists():
        if issuer:
            pki.make_with(names[1], "root", issuer)
        pki.make_with(names[0], names[-1] if issuer else "root", leaf)
    a = shim.ask(job(pki, chain_server(pki, *names).port))
    assert a["outcome"] in ("connected", "refused"), json.dumps(a)
    assert (a["why"]["reason"] if a["outcome"] == "refused" else None) in allowed, json.dumps(a)


def damaged(pki: Pki) -> ssl.SSLContext:
    der = bytearray(pki.der("leaf"))
    der[-5] ^= 1  # in the signature
    Path(pki.path("damaged.pem")).write_text(
        ssl.DER_cert_to_PEM_cert(bytes(der)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.path("damaged.pem"), pki.path("leaf.key"))
    return context


def test_damaged_signature(shim: Shim, pki: Pki) -> None:
    a = shim.ask(job(pki, tls_server(damaged(pki)).port))
    # Some libraries cannot tell it from a missing issuer.
    assert a["why"]["reason"] in ("bad-chain-signature", "unknown-ca"), a
    assert a["outcome"] == "refused" and a["refused_by"] == "client"


def test_other_suites(shim: Shim, pki: Pki, features: set[str]) -> None:
    need(features, "suites")
    context = server_context(pki)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
    suites = {"suites": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]}
    a = shim.ask(job(pki, tls_server(context).port, **suites))
    assert reason(a) == ("refused", "server", "suite-mismatch"), a
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    a = shim.ask(job(pki, tls_server(context).port, **suites))
    assert reason(a) == ("connected", None, "none"), json.dumps(a)
    assert a["got"]["suite"] == suites["suites"][0]


def test_newer_server(shim: Shim, pki: Pki) -> None:
    context = server_context(pki)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    a = shim.ask(job(pki, tls_server(context).port,
                     versions={"min": "1.2", "max": "1.2"}))
    assert reason(a) == ("refused", "server", "version-unsupported"), a


def test_nobody_listens(shim: Shim, pki: Pki) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    a = shim.ask(job(pki, port))
    assert a["outcome"] == "error" and a["why"]["stage"] == "connect", a


def test_heap_budget(shim: Shim, pki: Pki, server: Server,
                     features: set[str]) -> None:
    need(features, "heap")
    free = shim.ask(job(pki, server.port))
    peak = free["measured"]["peak_heap"]
    assert peak > 4096
    a = shim.ask(job(pki, server.port, limits={"heap": 4096}))
    assert reason(a) == ("refused", "client", "out-of-memory"), a
    a = shim.ask(job(pki, server.port, limits={"heap": peak // 2}))
    assert reason(a) == ("refused", "client", "out-of-memory"), a
    a = shim.ask(job(pki, server.port, limits={"heap": 2 * peak}))
    assert reason(a) == ("connected", None, "none"), json.dumps(a)
    assert a["measured"]["allocations_refused"] == 0


def test_heap_figure_is_steady(shim: Shim, pki: Pki, server: Server,
                               features: set[str]) -> None:
    """The first job of a worker and a later one need the same heap."""
    need(features, "heap")
    same = job(pki, server.port,
               suites=["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"])
    first = shim.ask(same)
    shim.ask(job(pki, server.port, anchors=pki.path("other.der")))
    later = shim.ask(same)
    assert first["outcome"] == later["outcome"] == "connected", json.dumps([first, later])
    peaks = [x["measured"]["peak_heap"] for x in (first, later)]
    assert max(peaks) <= 1.02 * min(peaks), peaks


def pin(what: str, match: str, data: bytes) -> Json:
    function = match.rsplit("-", 1)[1]
    return {"what": what, "match": match,
            "hash": hashlib.new(function, data).hexdigest()}


@pytest.mark.parametrize("what,match,of,held", [
    ("leaf", "certificate-sha256", "leaf", True),
    ("leaf", "spki-sha256", "leaf", True),
    ("anchor", "certificate-sha256", "root", True),
    ("anchor", "spki-sha256", "root", True),
    ("any", "spki-sha256", "root", True),
    ("leaf", "certificate-sha256", "root", False),
    ("anchor", "spki-sha256", "leaf", False),
    ("intermediate", "spki-sha256", "root", False),
    ("any", "certificate-sha256", "other", False),
    ("leaf", "certificate-sha1", "leaf", True),
    ("leaf", "certificate-sha1", "root", False),
    ("anchor", "certificate-sha1", "root", True),
])
def test_pins(shim: Shim, pki: Pki, server: Server, features: set[str],
              what: str, match: str, of: str, held: bool) -> None:
    need(features, "peer-chain")
    if match.endswith("sha1"):
        need(features, "sha1-pin")
    data = pki.spki(of) if match.startswith("spki") else pki.der(of)
    a = shim.ask(job(pki, server.port, pins=[pin(what, match, data)]))
    if held:
        assert reason(a) == ("connected", None, "none"), json.dumps(a)
    else:
        assert reason(a) == ("refused", "client", "pin-mismatch"), a
        assert a["why"]["stage"] == "policy"


@pytest.mark.parametrize("after,anchor,held", [
    (NOW - 200 * DAY, "root", False),
    (NOW, "root", True),
    (NOW - 200 * DAY, "other", True),
])
def test_distrust(shim: Shim, pki: Pki, server: Server, features: set[str],
                  described: Json, after: int, anchor: str, held: bool) -> None:
    need(features, "peer-chain")
    spki = hashlib.sha256(pki.spki(anchor)).hexdigest()
    a = shim.ask(job(pki, server.port,
                     distrust={"anchors": [spki], "after": after}))
    assert a["emulated"] == ["distrust"] + described["emulates"]
    expected = ("connected", None, "none") if held else (
        "refused", "client", "distrusted")
    assert reason(a) == expected, a


def test_clocks_alternate(shim: Shim, pki: Pki, server: Server) -> None:
    for clock, expected in 3 * [(NOW, "none"), (NOW + 400 * DAY, "expired"),
                                (NOW + DAY, "none")]:
        a = shim.ask(job(pki, server.port, clock=clock))
        assert a["why"]["reason"] == expected, a


def client_auth(pki: Pki) -> ssl.SSLContext:
    context = server_context(pki)
    context.load_verify_locations(pki.path("root.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
    return context


def test_identity(shim: Shim, pki: Pki, features: set[str]) -> None:
    need(features, "identity")
    port = tls_server(client_auth(pki)).port
    a = shim.ask(job(pki, port))
    assert reason(a) == ("refused", "server", "identity-refused"), a
    a = shim.ask(job(pki, port,
                     identity={"certificate": pki.path("client.pem"),
                               "key": pki.path("client.key")}))
    assert reason(a) == ("connected", None, "none"), json.dumps(a)
    a = shim.ask(job(pki, port,
                     identity={"certificate": pki.path("stranger.pem"),
                               "key": pki.path("stranger.key")}))
    assert reason(a) == ("refused", "server", "identity-refused"), a


def chain_server(pki: Pki, *names: str) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.chain(*names), pki.path(f"{names[0]}.key"))
    return tls_server(context)


def test_an_emulated_path_is_told(shim: Shim, pki: Pki,
                                  described: Json) -> None:
    """A build that emulates an old path order says so, and has no choice."""
    if "path" not in described["emulates"]:
        pytest.skip("this build emulates no path order")
    both = Path(pki.path("both.der"))
    both.write_bytes(pki.der("root") + pki.der("other"))
    a = shim.ask(job(pki, chain_server(pki, "leaf", "cross").port,
                     anchors=str(both)))
    assert reason(a) == ("refused", "client", "expired"), a
    assert a["emulated"] == ["path"]


def fnv(data: bytes) -> str:
    """FNV-1a-64, its low half (docs/record.md)."""
    h = 0xcbf29ce484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001b3 % 2**64
    return f"{h % 2**32:08x}"


def test_wire_and_source(shim: Shim, pki: Pki) -> None:
    """The shim's marks are what a server computes that reads the bytes, and it comes from the address that it was given."""
    seen: list[tuple[bytes, str]] = []
    alert = bytes([21, 3, 3, 0, 2, 2, 40])

    def behaviour(peer: socket.socket) -> None:
        first = peer.recv(65536)
        seen.append((first, peer.getpeername()[0]))
        peer.sendall(alert)
        peer.shutdown(socket.SHUT_WR)
        until_closed(peer)

    a = shim.ask(job(pki, Server(behaviour).port) | {"source": "127.9.8.7"})
    (first, source), = seen
    assert source == "127.9.8.7" and a["local_port"] > 0
    end = 5 + int.from_bytes(first[3:5])
    assert a["wire"]["sent"]["marks"].split()[0] == f"{end}:{fnv(first[:end])}"
    assert a["wire"]["received"] == {"bytes": 7, "marks": f"7:{fnv(alert)}"}
    assert a["measured"]["harness_short"] is False


def test_an_anonymous_server_is_refused(shim: Shim, pki: Pki) -> None:
    """Some builds offer suites without authentication by default, and would
    take any server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:@SECLEVEL=0")
    pki.run("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
            "group:ffdhe2048", "-out", "dh.pem")
    context.load_dh_params(pki.path("dh.pem"))
    a = shim.ask(job(pki, tls_server(context).port))
    assert a["outcome"] == "refused", json.dumps(a)
    assert a["why"]["reason"] in ("suite-mismatch", "unauthenticated")


def test_a_chain_leaves_nothing_behind(shim: Shim, pki: Pki) -> None:
    """What one chain proved must not be trusted in the next connection."""
    long = chain_server(pki, "leaf", "living-cross").port
    short = chain_server(pki, "leaf").port
    for _ in range(2):
        a = shim.ask(job(pki, long, anchors=pki.path("other.der")))
        assert reason(a) == ("connected", None, "none"), json.dumps(a)
        a = shim.ask(job(pki, short, anchors=pki.path("other.der")))
        assert reason(a) == ("refused", "client", "unknown-ca"), json.dumps(a)


def resident_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def test_many_jobs(shim: Shim, pki: Pki, server: Server) -> None:
    pid = shim.process.pid
    jobs = [job(pki, server.port),
            job(pki, server.port, anchors=pki.path("other.der"))]
    sizes = []
    for n in range(200):
        a = shim.ask(jobs[n % 2])
        assert a["why"]["reason"] == ("none", "unknown-ca")[n % 2], a
        if n in (99, 199):
            sizes.append((resident_kib(pid),
                          len(os.listdir(f"/proc/{pid}/fd"))))
    assert sizes[1][1] == sizes[0][1], f"open files grow: {sizes}"
    assert sizes[1][0] <= sizes[0][0] + 1024, f"memory grows: {sizes}"
