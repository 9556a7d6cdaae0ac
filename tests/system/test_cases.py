"""Situations that somebody reported in public and that once came out wrong, each a kind. The certificates are made here
(authority.py); what is asserted is the verdict, that the cause names what was really the matter, and that each mend was
tried. Stack builds that are not there are left out."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from authority import CA, LEAF, Authority, Certificate, openssl

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
BUILT = {p.name.removeprefix("shim-") for p in (ROOT / "build/bin").glob("shim-*")}
NOW = "2026-06-15T00:00:00Z"
ALL = ("openssl", "mbedtls", "mbedtls@3.6.7", "wolfssl", "wolfssl@5.5-device", "gnutls", "bearssl")


@dataclass
class Run:
    status: int
    verdicts: dict[str, Any]  # stack build to its verdict
    said: str
    out: Path


def run(tmp: Path, *arguments: object, stacks: tuple[str, ...] = ()) -> Run:
    """A run into tmp/out. Checks what holds for every verdict."""
    out = tmp / "out"
    chosen = [s for s in stacks if s in BUILT]
    if stacks and not chosen:
        pytest.skip("none of these stack builds is there: " + ", ".join(stacks))
    done = subprocess.run(
        [PROGRAM, "run", "--fresh", "--out", out, *map(str, arguments), *(w for s in chosen for w in ("--stack", s))],
        capture_output=True, text=True, timeout=300, check=False, cwd=tmp)
    path = out / "verdicts.json"
    found = json.loads(path.read_text())["verdicts"] if path.exists() and done.returncode in (0, 1, 3) else []
    tried = {}
    if (out / "experiments.jsonl").exists():
        tried = {r["cell"]: r for r in map(json.loads, (out / "experiments.jsonl").read_text().splitlines())}
    for v in found:
        for mend in v["mends"]:
            assert tried[mend["cell"]]["outcome"] == mend["outcome"] == "connected", mend
        if v["verdict"] in ("breaks", "already-broken"):
            assert v["undiagnosed"] or v["mends"], v
    return Run(done.returncode, {v["stack"]: v for v in found}, done.stdout + done.stderr, out)


@pytest.fixture
def ca(tmp_path: Path) -> Authority:
    folder = tmp_path / "ca"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def root(ca: Authority) -> Certificate:
    return ca.issue("Example Root 1", ca=True, end="20360101000000Z")


def issuing(ca: Authority, root: Certificate, name: str = "Example Issuing 1", **how: Any) -> Certificate:
    return ca.issue(name, root, ca=True, end="20300101000000Z", **how)


def leaf(ca: Authority, issuer: Certificate, name: str = "mqtt.example.com", **how: Any) -> Certificate:
    return ca.issue(name, issuer, **{"names": f"DNS:{name}", **how})


def change(store: Path, before: Path, after: Path, *more: object) -> tuple[object, ...]:
    return ("-q", "--gate", "none", "--trust-store", store, "--chain-before", before, "--chain-after", after, *more)


def changes_of(verdict: dict[str, Any]) -> set[str]:
    return {m["change"].split()[0] for m in verdict["mends"]}


def test_an_address_as_ip_address_only(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    """Public reports: a broker addressed by its IP; the new leaf has it as iPAddress only."""
    mid = issuing(ca, root)
    old = leaf(ca, mid, "192.168.1.1", names="DNS:192.168.1.1,IP:192.168.1.1")
    new = leaf(ca, mid, "192.168.1.1", names="IP:192.168.1.1")
    r = run(tmp_path, *change(ca.write("root.pem", root), ca.write("b.pem", old, mid), ca.write("a.pem", new, mid),
                              "--name", "192.168.1.1"),
            stacks=("mbedtls", "mbedtls@2.16", "bearssl", "wolfssl@5.9-device", "mbedtls@3.6.7"))
    for stack, v in r.verdicts.items():
        assert v["verdict"] != "error", v
        if v["verdict"] != "breaks":
            continue
        assert v["reason"] == "name-mismatch"
        assert "iPAddress" in v["cause"] and "dNSName" in v["cause"], v["cause"]
        assert any("DNS:192.168.1.1" in m["text"] for m in v["mends"]), (stack, v["mends"])
    if "mbedtls@3.6.7" in r.verdicts:
        assert r.verdicts["mbedtls@3.6.7"]["verdict"] == "survives"


@pytest.mark.parametrize("form", ["// {}", "/*\n{}\n*/", "#if 0\n{}\n#endif"])
def test_a_certificate_in_a_comment(tmp_path: Path, ca: Authority, root: Certificate, form: str) -> None:
    other = ca.issue("New Fleet Root", ca=True, end="20360101000000Z")
    old, new = leaf(ca, root), leaf(ca, other)

    def literal(c: Certificate, mark: str = "") -> str:
        return "\n".join(f'{mark}"{line}\\n"' for line in c.pem.strip().splitlines())

    hidden = literal(other, "// ") if form.startswith("//") else form.format(literal(other))
    store = ca.folder / "ca.h"
    store.write_text(f"static const char ca[] =\n{literal(root)};\n{hidden}\n")
    r = run(tmp_path, *change(store, ca.write("b.pem", old), ca.write("a.pem", new)), stacks=("mbedtls", "bearssl"))
    for v in r.verdicts.values():
        assert (v["verdict"], v["reason"]) == ("breaks", "unknown-ca")
    assert ("comment" in r.said or "#if 0" in r.said) and "New Fleet Root" in r.said


def test_intermediates_in_the_wrong_order(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    mid = issuing(ca, root, "Mid")
    low = issuing(ca, mid, "Example Issuing 1")
    end = leaf(ca, low)
    r = run(tmp_path, *change(ca.write("root.pem", root), ca.write("b.pem", end, low, mid),
                              ca.write("a.pem", end, mid, low)), stacks=ALL)
    for stack, v in r.verdicts.items():
        if v["verdict"] == "survives":
            continue
        assert v["verdict"] == "breaks", (stack, v)
        assert "order" in v["cause"] or "comes later" in v["cause"], v["cause"]
        assert "order" in v["mend"], v["mend"]
        assert "alternative chains" not in v["mend"]


SERVED = """scenario: served
title: The endpoint asks for more
story: made by a test
source: a public report
states:
  - {{name: before, now: {now}, policy: free, endpoint: mqtt.example.com, chains: {{ecdsa: [{chain}]}}}}
  - {{name: after, now: {now}, policy: free, endpoint: mqtt.example.com, {after}}}
"""


def served(ca: Authority, root: Certificate, after: str, tls: str, stacks: tuple[str, ...]) -> tuple[object, ...]:
    mid = issuing(ca, root)
    chain = ca.write("chain.pem", leaf(ca, mid), mid)
    ca.write("root.pem", root)
    (ca.folder / "plan.yaml").write_text(SERVED.format(now=NOW, chain=chain, after=after))
    chosen = [s for s in stacks if s in BUILT]
    (ca.folder / "dev.yaml").write_text(
        f"device: thermostat\ntitle: t\nstack: [{', '.join(chosen)}]\ntrust_store: [./root.pem]\n{tls}")
    return ("-q", "--gate", "none", "--device", ca.folder / "dev.yaml", "--scenario", ca.folder / "plan.yaml")


def test_a_client_certificate_is_required(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    r = run(tmp_path, *served(ca, root, "client_auth: require", "", ALL))
    for v in r.verdicts.values():
        assert (v["verdict"], v["reason"]) == ("breaks", "identity-refused"), v
        assert "client certificate" in v["cause"] and "none" in v["cause"] or "no " in v["cause"], v["cause"]
        assert len(v["mends"]) >= 2, v
        assert {m["side"] for m in v["mends"]} == {"device", "endpoint"}, v


def test_another_alpn_name(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    r = run(tmp_path, *served(ca, root, "tls: {alpn: [x-amzn-mqtt-ca]}", "tls: {alpn: [http/1.1]}\n", ALL))
    for v in r.verdicts.values():
        if v["verdict"] == "unsupported":
            continue
        assert v["verdict"] == "breaks", v
        assert "http/1.1" in v["cause"] and "x-amzn-mqtt-ca" in v["cause"], v["cause"]
        assert "TLS was fine" not in v["cause"]
        assert v["mends"], v


def test_no_alpn_name(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    listed, policy = "alpn: [x-amzn-mqtt-ca, mqtt]", f"now: {NOW}, policy: free, endpoint: mqtt.example.com"
    after = f"tls: {{{listed}}}}}\n  - {{name: wanted, {policy}, tls: {{{listed}, alpn_required: true}}"
    r = run(tmp_path, *served(ca, root, after, "", ALL))
    for v in r.verdicts.values():
        assert v["cell"].split("/")[1] == "wanted", v
        assert (v["verdict"], v["reason"]) == ("breaks", "application-refused"), v
        assert "no name by ALPN" in v["cause"] and "x-amzn-mqtt-ca and mqtt" in v["cause"], v["cause"]
        mends = {(m["side"], m["change"].split()[0]) for m in v["mends"]}
        assert ("endpoint", "no-alpn-demand") in mends, v["mends"]
        assert ("device", "offer-alpn") in mends or v["stack"] == "wolfssl@5.5-device", v["mends"]


@pytest.mark.parametrize("dates", [("20160101000000Z", "20260301000000Z"), ("20260701000000Z", "20360101000000Z")])
def test_an_anchor_out_of_its_dates(tmp_path: Path, ca: Authority, dates: tuple[str, str]) -> None:
    old = ca.issue("Old Root", ca=True, start=dates[0], end=dates[1])
    end = leaf(ca, old)
    renewed = leaf(ca, old, start="20260601000000Z", end="20270601000000Z")
    r = run(tmp_path, *change(ca.write("root.pem", old), ca.write("b.pem", end), ca.write("a.pem", renewed),
                              "--now", NOW), stacks=ALL)
    for stack, v in r.verdicts.items():
        if v["verdict"] == "survives":  # this library looks at no dates of anchors
            continue
        assert v["verdict"] == "already-broken", (stack, v)
        assert "Old Root" in v["cause"] and "mqtt.example.com" not in v["cause"], (stack, v["cause"])
        assert "renew the certificate" not in v["mend"].lower()


def test_an_intermediate_as_anchor(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    one, two = issuing(ca, root, "Example Issuing 1"), issuing(ca, root, "Example Issuing 2")
    r = run(tmp_path, *change(ca.write("ica.pem", one), ca.write("b.pem", leaf(ca, one), one),
                              ca.write("a.pem", leaf(ca, two), two)), stacks=ALL)
    v = r.verdicts.get("openssl")
    if v:
        assert v["verdict"] == "already-broken"
        assert "partial" in v["mend"] or "Example Root 1" in v["mend"], v["mend"]
        assert "alternative chains" not in v["mend"] and "behind" not in v["cause"], v
    for stack in ("mbedtls", "bearssl"):
        if stack in r.verdicts:
            assert r.verdicts[stack]["verdict"] == "breaks", r.verdicts[stack]


def test_a_cross_signature_is_not_sent(tmp_path: Path, ca: Authority) -> None:
    x1 = ca.issue("Example Root X1", ca=True, end="20360101000000Z")
    x2 = ca.issue("Example Root X2", x1, ca=True, end="20360101000000Z")
    ye = ca.issue("Root YE", x2, ca=True, end="20360101000000Z")
    ye1, e7 = issuing(ca, ye, "YE1"), issuing(ca, x1, "E7")
    r = run(tmp_path, *change(ca.write("x1.pem", x1), ca.write("b.pem", leaf(ca, e7), e7),
                              ca.write("a.pem", leaf(ca, ye1), ye1, ye)), stacks=ALL)
    for v in r.verdicts.values():
        assert (v["verdict"], v["reason"]) == ("breaks", "unknown-ca")
        assert "keep sending" not in v["mend"], v["mend"]
        assert "Example Root X2" in v["cause"], v["cause"]


def test_a_san_without_dns_names(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    old, new = leaf(ca, root), leaf(ca, root, names="email:ops@example.com")
    r = run(tmp_path, *change(ca.write("root.pem", root), ca.write("b.pem", old), ca.write("a.pem", new)), stacks=ALL)
    for v in r.verdicts.values():
        if v["verdict"] == "breaks":
            assert v["reason"] == "name-mismatch"
            assert "ops@example.com" in v["cause"], v["cause"]


def test_a_partial_wildcard(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    old = ca.issue("x", root, names="DNS:mqtt.example.com")
    new = ca.issue("x", root, names="DNS:m*.example.com")
    r = run(tmp_path, *change(ca.write("root.pem", root), ca.write("b.pem", old), ca.write("a.pem", new),
                              "--name", "mqtt.example.com"), stacks=ALL)
    for v in r.verdicts.values():
        if v["verdict"] == "breaks":
            assert "m*.example.com" in v["cause"] and "CN=x" not in v["cause"], v["cause"]


def test_pins_in_all_their_forms(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    end = leaf(ca, root)
    chain = ca.write("chain.pem", end)
    der = openssl("pkey", "-in", root.key, "-pubout", "-outform", "DER")
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=der, capture_output=True, check=True).stdout
    pins = [openssl("x509", "-in", end.path, "-noout", "-fingerprint", f"-{h}").decode().strip().split("=")[1]
            for h in ("sha256", "sha1")] + ["sha256//" + base64.b64encode(digest).decode()]
    for pin in pins:
        r = run(tmp_path, *change(ca.write("root.pem", root), chain, chain, "--pin", pin), stacks=("mbedtls", "openssl"))
        for v in r.verdicts.values():
            assert v["verdict"] in ("survives", "already-broken", "unsupported"), v
            # the root is not sent: its pin meets nothing where the library tells only what was sent
            assert v["verdict"] == "survives" or pin.startswith("sha256//"), (pin, v)


@pytest.mark.parametrize("name", ["mqtt.example.com:8883", "mqtts://mqtt.example.com", "mqtt example.com", ""])
def test_what_is_no_host_name(tmp_path: Path, ca: Authority, root: Certificate, name: str) -> None:
    chain = ca.write("chain.pem", leaf(ca, root))
    r = run(tmp_path, *change(ca.write("root.pem", root), chain, chain, "--name", name), stacks=("mbedtls",))
    assert r.status == 2 and "--name" in r.said, r.said


def test_a_pkcs12_without_a_key(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    store = ca.folder / "store.p12"
    openssl("pkcs12", "-export", "-nokeys", "-in", root.path, "-out", store, "-passout", "pass:changeit")
    done = subprocess.run([PROGRAM, "twin", "--trust-store", store, "--out", tmp_path / "twin"], capture_output=True,
                          text=True, check=False)
    assert "private key in it" not in done.stderr
    assert done.returncode == 0 or "PKCS#12" in done.stderr, done.stderr


EXTENSIONS = {
    "eku": ("extendedKeyUsage", (*LEAF[:2], "extendedKeyUsage=critical,serverAuth", *LEAF[3:]), ()),
    "policies": ("certificatePolicies", (*LEAF, "certificatePolicies=critical,1.2.3.4"), ()),
    "policy constraints": ("policyConstraints", LEAF, ("policyConstraints=critical,requireExplicitPolicy:3",)),
    "must-staple": ("", (*LEAF, "tlsfeature=status_request"), ()),
}


@pytest.mark.parametrize("what", EXTENSIONS)
def test_the_extension_is_named(tmp_path: Path, ca: Authority, root: Certificate, what: str) -> None:
    name, of_leaf, of_issuer = EXTENSIONS[what]
    old, new = issuing(ca, root), issuing(ca, root, extra=of_issuer)
    end = leaf(ca, new, instead=(*of_leaf, "subjectAltName=DNS:mqtt.example.com"))
    r = run(tmp_path, *change(ca.write("root.pem", root), ca.write("b.pem", leaf(ca, old), old),
                              ca.write("a.pem", end, new)), stacks=("mbedtls", "gnutls", "bearssl", "wolfssl@5.9-device"))
    for stack, v in r.verdicts.items():
        assert v["verdict"] != "error", (stack, v)
        if v["verdict"] == "breaks" and v["reason"] == "unsupported-critical-extension" and name:
            assert name in v["cause"], (stack, v["cause"])


def test_signed_with_rsa_pss(tmp_path: Path, ca: Authority) -> None:
    root = ca.issue("Example Root 1", ca=True, kind="rsa-2048", end="20360101000000Z")
    pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
    old = ca.issue("Example Issuing 1", root, ca=True, kind="rsa-2048", end="20300101000000Z")
    new = ca.issue("Example Issuing 1", root, ca=True, key=old.key, end="20300101000000Z", sign=pss)
    r = run(tmp_path, *change(ca.write("root.pem", root), ca.write("b.pem", leaf(ca, old), old),
                              ca.write("a.pem", leaf(ca, new, sign=pss), new)), stacks=("bearssl", "mbedtls"))
    v = r.verdicts.get("bearssl")
    if v:
        assert (v["verdict"], v["reason"]) == ("breaks", "bad-signature-algorithm")
        assert "PSS" in v["cause"].upper(), v["cause"]
        assert "SHA-256 or better" not in v["mend"] and "sha256WithRSAEncryption" in v["mend"], v["mend"]


def test_the_command_of_one_cell(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    """`explain` prints a command that runs this cell and comes to the same verdict."""
    chain = ca.write("chain.pem", leaf(ca, root))
    store = ca.write("root.pem", root)
    r = run(tmp_path, *change(store, chain, chain, "--name", "other.example.com"), stacks=("mbedtls",))
    told = subprocess.run([PROGRAM, "explain", "--in", r.out, f"chains/{store.stem}-mbedtls"], capture_output=True,
                          text=True, check=False, cwd=tmp_path)
    alone = [line for line in told.stdout.splitlines() if line.startswith("alone")]
    assert len(alone) == 1, told.stdout + told.stderr
    words = shlex.split(alone[0].split(None, 1)[1])
    again = tmp_path / "again"
    done = subprocess.run([PROGRAM, *words[1:], "--out", again, "-q", "--gate", "none"], capture_output=True, text=True,
                          check=False, cwd=tmp_path, env=os.environ)
    assert done.returncode == 0, done.stderr
    v = json.loads((again / "verdicts.json").read_text())["verdicts"]
    assert [(x["verdict"], x["reason"]) for x in v] == [(r.verdicts["mbedtls"][k]) for k in ("verdict",)] or (
        v[0]["verdict"], v[0]["reason"]) == (r.verdicts["mbedtls"]["verdict"], r.verdicts["mbedtls"]["reason"])


def test_an_expired_intermediate(tmp_path: Path, ca: Authority, root: Certificate) -> None:
    key = ca.key()
    old = issuing(ca, root, key=key)
    gone = ca.issue("Example Issuing 1", root, ca=True, key=key, end="20260301000000Z")
    end = leaf(ca, old)
    r = run(tmp_path, *change(ca.write("root.pem", root), ca.write("b.pem", end, old), ca.write("a.pem", end, gone),
                              "--now", NOW),
            stacks=("wolfssl", "wolfssl@5.5-device", "wolfssl@5.9-device", "mbedtls"))
    for stack, v in r.verdicts.items():
        assert v["verdict"] == "breaks", (stack, v)
        assert "Example Issuing 1" in v["cause"] and "2026-03-01" in v["cause"], (stack, v["cause"])
        assert "renew" in v["mend"].lower(), (stack, v["mend"])
        assert "Add Example Root 1" not in v["mend"]


FORMS = ["xxd", "array", "pem bytes", "padded ff", "padded nul", "newline", "python", "plus", "ar"]


@pytest.mark.parametrize("form", FORMS)
def test_stores_as_firmware_holds_them(tmp_path: Path, ca: Authority, root: Certificate, form: str) -> None:
    der = openssl("x509", "-in", root.path, "-outform", "DER")
    pem = root.pem.encode()

    def numbers(data: bytes) -> str:
        return ", ".join(f"0x{b:02x}" for b in data)

    def member(name: bytes, data: bytes) -> bytes:
        return (b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (name, 0, 0, 0, 0o644, len(data))) + data + b"\n" * (len(data) % 2)

    lines = root.pem.strip().splitlines()
    content = {
        "xxd": f"unsigned char root_der[] = {{\n  {numbers(der)}\n}};\nunsigned int root_der_len = {len(der)};\n".encode(),
        "array": numbers(der).encode() + b"\n",
        "pem bytes": f"const unsigned char ca[] PROGMEM = {{ {numbers(pem + bytes(1))} }};\n".encode(),
        "padded ff": der + b"\xff" * 256,
        "padded nul": der + b"\0",
        "newline": der + b"\n",
        "python": "\n".join(f"b'{line}\\n'" for line in lines).encode(),
        "plus": ("var ca = " + "\n  + ".join(f"'{line}\\n'" for line in lines) + ";\n").encode(),
        "ar": b"!<arch>\n" + member(b"ca_000.der/", der),
    }[form]
    store = ca.folder / "store.bin"
    store.write_bytes(content)
    done = subprocess.run([PROGRAM, "twin", "--trust-store", store, "--out", tmp_path / "twin"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = (tmp_path / "twin").rglob("*.pem")
    assert any("BEGIN CERTIFICATE" in p.read_text() for p in found)


BARE = ("subjectKeyIdentifier=none", "authorityKeyIdentifier=none")
BARE_CA, BARE_LEAF = (*CA[:2], *BARE), (*LEAF[:3], *BARE)
WOLFSSL = tuple(sorted(s for s in BUILT if s.startswith("wolfssl")))


def same_named(ca: Authority, issuer: int, how: tuple[str, ...], end: tuple[str, ...]) -> tuple[object, ...]:
    """A store with two roots of one name; the leaf is of number `issuer`, of which there are three."""
    roots = [ca.issue("Twin Root", ca=True, instead=how, end="20360101000000Z") for _ in range(3)]
    chain = ca.write("chain.pem", ca.issue("mqtt.example.com", roots[issuer],
                                           instead=(*end, "subjectAltName=DNS:mqtt.example.com")))
    return change(ca.write("store.pem", *roots[:2]), chain, chain)


def notes(r: Run) -> dict[str, list[str]]:
    return {s: [n for n in v["notes"] if "the twin's keys" in n] for s, v in r.verdicts.items()}


def test_a_verdict_that_hangs_on_the_twins_keys_says_so(tmp_path: Path, ca: Authority) -> None:
    """wolfSSL looks up an anchor by name in the order of a table that is hashed by key; 2 of 3 runs connected."""
    others = ("openssl", "mbedtls", "gnutls", "bearssl")
    r = run(tmp_path, *same_named(ca, 0, BARE_CA, BARE_LEAF), stacks=(*WOLFSSL, *others))
    for stack, found in notes(r).items():
        assert len(found) == (stack not in others), (stack, found, r.verdicts[stack]["verdict"])
        assert all("certificates of one name have no key identifier" in n for n in found), found


@pytest.mark.parametrize("issuer,how,end", [(2, BARE_CA, BARE_LEAF), (0, CA, LEAF)],
                         ids=["refused with all keys", "told apart by identifiers"])
def test_names_that_repeat_and_do_not_decide(tmp_path: Path, ca: Authority, issuer: int, how: tuple[str, ...],
                                             end: tuple[str, ...]) -> None:
    r = run(tmp_path, *same_named(ca, issuer, how, end), stacks=(*WOLFSSL, "openssl"))
    for stack, found in notes(r).items():
        assert found == [], (stack, found)
        assert r.verdicts[stack]["verdict"] == ("already-broken" if issuer == 2 else "survives"), stack


@pytest.mark.parametrize("settings", [(), ("-trustout",), ("-trustout", "-addtrust", "serverAuth")])
def test_an_intermediate_that_openssl_is_told_to_trust(tmp_path: Path, ca: Authority, root: Certificate,
                                                       settings: tuple[str, ...]) -> None:
    """An explicit setting makes an anchor of what is no root; the label alone does not."""
    mid = issuing(ca, root)
    chain = ca.write("chain.pem", leaf(ca, mid), mid)
    openssl("x509", "-in", mid.path, *settings, "-out", ca.folder / "store.pem")
    r = run(tmp_path, *change(ca.folder / "store.pem", chain, chain, "--now", NOW), stacks=("openssl", "openssl@3.5"))
    for stack, v in r.verdicts.items():
        assert v["verdict"] == ("survives" if "-addtrust" in settings else "already-broken"), stack
