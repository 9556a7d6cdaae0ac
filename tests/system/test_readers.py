"""Trust stores, chains, pins and names as people have them, through the command line: what is taken, what is told, what is
refused with status 2. Knows no stack by name."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
STACKS = sorted(p.name.removeprefix("shim-") for p in (ROOT / "build/bin").glob("shim-*"))

pytestmark = [
    pytest.mark.skipif(not STACKS, reason="no shim is built"),
    pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl command to make chains with"),
]


def chainbreak(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)


def openssl(*arguments: object) -> bytes:
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True).stdout


def described(stack: str) -> dict[str, Any]:
    return json.loads(subprocess.check_output([ROOT / "build/bin" / f"shim-{stack}", "--describe"]))


def features(stack: str) -> list[str]:
    return described(stack)["features"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two roots, and a chain under each, valid now."""
    folder = tmp_path_factory.mktemp("world")
    for ca in ("old", "new"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{ca}.key",
                "-out", folder / f"{ca}.pem", "-subj", f"/CN={ca} root", "-days", 3650)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "leaf.key",
                "-out", folder / "leaf.csr", "-subj", "/CN=mqtt.example.com")
        (folder / "san").write_text("subjectAltName=DNS:mqtt.example.com")
        openssl("x509", "-req", "-in", folder / "leaf.csr", "-CA", folder / f"{ca}.pem", "-CAkey",
                folder / f"{ca}.key", "-CAcreateserial", "-days", 90, "-extfile", folder / "san",
                "-out", folder / f"{ca}-chain.pem")
    return folder


def quick(world: Path, tmp_path: Path, store: Path, *more: object, before: str = "old",
          after: str = "new", stack: str = STACKS[0]) -> subprocess.CompletedProcess[str]:
    return chainbreak("run", "-q", "--gate", "none", "--out", tmp_path / "o", "--trust-store", store, "--stack", stack,
                      "--chain-before", world / f"{before}-chain.pem", "--chain-after", world / f"{after}-chain.pem", *more)


def verdict(tmp_path: Path) -> tuple[str, str | None]:
    (only,) = json.loads((tmp_path / "o/verdicts.json").read_text())["verdicts"]
    return only["verdict"], only["reason"]


def as_c(pem: str, before: str = "") -> str:
    return "".join(f'{before}"{line}\\n"\n' for line in pem.splitlines())


@pytest.mark.parametrize(("comment", "where"), [
    ("// {}//;\n", "in a comment"),
    ("/* {} */\n", "in a comment"),
    ("#if 0\nconst char a[] = {};\n#endif\n", "under #if 0"),
])
def test_a_root_in_a_comment_is_no_anchor(world: Path, tmp_path: Path, comment: str, where: str) -> None:
    before = "//" if comment.startswith("//") else ""
    header = tmp_path / "ca.h"
    header.write_text(comment.format("\n" + as_c((world / "new.pem").read_text(), before))
                      + "const char ca[] =\n" + as_c((world / "old.pem").read_text()) + ";\n")
    done = quick(world, tmp_path, header)
    assert done.returncode == 0, done.stderr
    assert verdict(tmp_path) == ("breaks", "unknown-ca")
    assert done.stderr.count(f"a certificate {where}, CN=new root, is not taken") == 1


def test_twin_tells_what_it_does_not_take(world: Path, tmp_path: Path) -> None:
    store = tmp_path / "store.h"
    store.write_text("/*\n" + (world / "new.pem").read_text() + "*/\n" + as_c((world / "old.pem").read_text()))
    done = chainbreak("twin", "--trust-store", store, "--out", tmp_path / "lab")
    assert done.returncode == 0, done.stderr
    assert f"{store}:2: a certificate in a comment, CN=new root, is not taken" in done.stderr
    assert (tmp_path / "lab/trust-store.pem").read_text().count("BEGIN CERTIFICATE") == 1


TRUST = {  # what `openssl x509` adds: does OpenSSL take the root for TLS servers, and what is said
    "": (True, "they say nothing of TLS servers"),
    "-setalias fleet": (True, "they say nothing of TLS servers"),
    "-addreject emailProtection": (True, "they say nothing of TLS servers"),
    "-addtrust serverAuth": (True, "they trust it for TLS servers"),
    "-addtrust anyExtendedKeyUsage": (True, "they trust it for TLS servers"),
    "-addtrust clientAuth": (False, "they trust it for other uses, not for TLS servers"),
    "-addreject serverAuth": (False, "they reject it for TLS servers"),
    "-addtrust serverAuth -addreject serverAuth": (False, "they reject it for TLS servers"),
}


def trusted(world: Path, to: Path, how: str) -> Path:
    subprocess.run(["openssl", "x509", "-in", world / "old.pem", "-trustout", "-out", to, *how.split()], check=True)
    return to


def on_all(world: Path, tmp_path: Path, store: Path, stacks: list[str]) -> tuple[str, dict[str, Any]]:
    if not stacks:
        pytest.skip("no such stack build is there")
    more = [w for s in stacks[1:] for w in ("--stack", s)]
    done = quick(world, tmp_path, store, "--fresh", *more, after="old", stack=stacks[0])
    found = json.loads((tmp_path / "o/verdicts.json").read_text())["verdicts"]
    assert {v["stack"] for v in found} == set(stacks)
    return done.stderr, {v["stack"]: v for v in found}


@pytest.mark.parametrize("how", TRUST)
def test_trust_settings_are_heeded(world: Path, tmp_path: Path, how: str) -> None:
    """As `openssl verify -CAfile STORE -purpose sslserver` does."""
    taken, told = TRUST[how]
    said, found = on_all(world, tmp_path, trusted(world, tmp_path / "store.pem", how),
                         [s for s in STACKS if "trust-settings" in features(s)])
    assert f"store.pem:1: certificate 1, CN=old root: a TRUSTED CERTIFICATE with trust settings: {told}" in said
    for stack, v in found.items():
        assert (v["verdict"], v["reason"]) == (("survives", "none") if taken else ("already-broken", "distrusted")), stack
        assert taken or "trust settings keep it from being an anchor" in v["cause"]
        assert taken or "drop-settings" in v["mends"][0]["change"]


def test_libraries_that_do_not_read_trust_settings(world: Path, tmp_path: Path) -> None:
    """mbedtls_x509_crt_parse_file, wolfSSL_CTX_load_verify_locations and gnutls_certificate_set_x509_trust_file find
    no certificate in such a file, and step over the block in a file that has others."""
    stacks = [s for s in STACKS if "trust-settings" not in features(s)]
    store = trusted(world, tmp_path / "store.pem", "-addtrust serverAuth")
    for stack, v in on_all(world, tmp_path, store, stacks)[1].items():
        assert v["verdict"] == "already-broken", stack
    report = (tmp_path / "o/report.md").read_text()
    assert "CN=old root: OpenSSL's form TRUSTED CERTIFICATE, which this stack does not read: left out" in report
    store.write_text(store.read_text() + (world / "old.pem").read_text())
    found = on_all(world, tmp_path, store, stacks)[1]
    assert "survives" in {v["verdict"] for v in found.values()}
    assert "unknown-ca" not in {v["reason"] for v in found.values()}


def test_trust_settings_of_a_store_for_the_lab(world: Path, tmp_path: Path) -> None:
    store = trusted(world, tmp_path / "store.pem", "-addreject serverAuth")
    store.write_text(store.read_text() + (world / "new.pem").read_text())
    done = chainbreak("twin", "--trust-store", store, "--out", tmp_path / "lab")
    assert done.returncode == 0, done.stderr
    assert "they reject it for TLS servers: left out" in done.stderr
    assert (tmp_path / "lab/trust-store.pem").read_text().count("BEGIN CERTIFICATE") == 1


def test_a_damaged_entry_is_left_out_by_name(world: Path, tmp_path: Path) -> None:
    store = tmp_path / "store.pem"
    store.write_text((world / "new.pem").read_text().replace("\nMII", "\n!II") + (world / "old.pem").read_text())
    done = quick(world, tmp_path, store, after="old")
    assert done.returncode == 2
    assert "store.pem:1: certificate 1 (PEM CERTIFICATE) is damaged; --skip-damaged" in done.stderr
    done = quick(world, tmp_path, store, "--skip-damaged", after="old")
    assert done.returncode == 0, done.stderr
    assert "certificate 1 (PEM CERTIFICATE) is damaged: left out" in done.stderr
    assert verdict(tmp_path)[0] == "survives"


def test_a_pipe_or_a_device_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path("/dev/zero"), tmp_path):
        done = chainbreak("twin", "--trust-store", path, "--out", tmp_path / "lab")
        assert done.returncode == 2
        assert done.stderr.startswith(f"chainbreak: {path}: a ")


def fingerprints(certificate: Path) -> dict[str, str]:
    der = openssl("x509", "-in", certificate, "-outform", "DER")
    (certificate.parent / "key.pub").write_bytes(openssl("x509", "-in", certificate, "-pubkey", "-noout"))
    key = openssl("pkey", "-pubin", "-in", certificate.parent / "key.pub", "-outform", "DER")
    return {
        "colons": openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256").decode().strip(),
        "sha1": openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha1").decode().strip(),
        "hex": hashlib.sha256(der).hexdigest(),
        "base64": "sha256//" + base64.b64encode(hashlib.sha256(key).digest()).decode(),
    }


@pytest.mark.parametrize("form", ["colons", "sha1", "hex", "base64"])
def test_pins_as_tools_print_them(world: Path, tmp_path: Path, form: str) -> None:
    stack = next((s for s in STACKS if "@" not in s and {"pin-leaf", "pin-any"} & set(features(s))), None)
    stack = stack or STACKS[0]
    pin = fingerprints(world / "old-chain.pem")[form]
    done = quick(world, tmp_path, world / "old.pem", "--trust-store", world / "new.pem", "--pin", pin, stack=stack)
    assert done.returncode == 0, done.stderr
    assert verdict(tmp_path) == ("breaks", "pin-mismatch")


@pytest.mark.parametrize(("pin", "told"), [
    ("00" * 20, "has this SHA-1"),
    ("00" * 32, "has this SHA-256"),
    ("00" * 10, "a SHA-256 has 64 hexadecimal digits"),
])
def test_pins_that_are_none(world: Path, tmp_path: Path, pin: str, told: str) -> None:
    done = quick(world, tmp_path, world / "old.pem", "--pin", pin)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("more", "told"), [
    (("--name", "mqtt.example.com:8883"), "give the host alone: mqtt.example.com"),
    (("--name", "mqtts://mqtt.example.com/x"), "give the host alone: mqtt.example.com"),
    (("--name", "mqtt example.com"), "a blank in it"),
    (("--name", ""), "empty"),
    (("--name", "mqtt.example.com."), "a dot at its end"),
    (("--now", "tomorrow"), "not a time"),
])
def test_names_and_clocks_that_are_none(world: Path, tmp_path: Path, more: tuple[str, str], told: str) -> None:
    done = quick(world, tmp_path, world / "old.pem", *more)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_misspelt_stack_is_told(world: Path, tmp_path: Path) -> None:
    name = next(s for s in STACKS if "@" not in s)
    done = quick(world, tmp_path, world / "old.pem", stack=name + "s")
    assert done.returncode == 2
    assert f"--stack: {name}s: no stack build has this name; did you mean {name}" in done.stderr
    device = tmp_path / "ours.yaml"
    device.write_text(f"device: ours\nstack: {name}s\ntrust_store: [amazon-root-ca-1]\n")
    done = chainbreak("run", "-q", "--device", device, "--scenario", "starfield-class-2-removal", "--out", tmp_path / "o")
    assert done.returncode == 2
    assert f"ours.yaml: stack: {name}s: no stack build has this name; did you mean {name}" in done.stderr


def test_options_that_need_others(world: Path, tmp_path: Path) -> None:
    for arguments, told in (
            (("--now", "2024-01-01"), "need --trust-store"),
            (("--name", "a.example"), "need --trust-store"),
            (("--trust-store", world / "old.pem", "--now", "2024-01-01"), "--now goes with --chain-before"),
            (("--trust-store", world / "old.pem", "--chain-after", world / "new-chain.pem"), "go together")):
        done = chainbreak("run", *arguments, "--out", tmp_path / "o")
        assert done.returncode == 2
        assert told in done.stderr


def test_the_clock_is_today_and_told(world: Path, tmp_path: Path) -> None:
    done = quick(world, tmp_path, world / "old.pem", after="old")
    assert done.returncode == 0, done.stderr
    plan = (tmp_path / "o/plan.json").read_text()
    now = json.loads(plan)["scenarios"][0]["states"][0]["now"]
    # The chain began seconds ago: an hour after that, or midnight if the day has turned.
    moment = now if isinstance(now, int) else time.mktime(time.strptime(now, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    assert abs(moment - time.time()) < 86400 + 3600
    assert "--now sets another" in plan


def test_an_anchor_that_has_expired_does_not_survive(world: Path, tmp_path: Path) -> None:
    """Its chain was made while it was valid, so the chain's own time says nothing."""
    stack = next(s for s in STACKS if s == "openssl" or "clock" in features(s))
    key = world / "old.key"
    openssl("req", "-x509", "-key", key, "-out", tmp_path / "short.pem", "-subj", "/CN=old root", "-days", 1)
    done = quick(world, tmp_path, tmp_path / "short.pem", "--now", "2126-01-01T00:00:00Z", after="old", stack=stack)
    assert done.returncode in (0, 3), done.stderr
    assert verdict(tmp_path)[0] == "already-broken"


def test_skip_unsupported_holds_for_files_of_ones_own(world: Path, tmp_path: Path) -> None:
    der = openssl("x509", "-in", world / "old.pem", "-outform", "DER")
    with_sha256 = bytes.fromhex("2a864886f70d01010b")
    (tmp_path / "md2.der").write_bytes(der.replace(with_sha256, with_sha256[:-1] + b"\x02"))
    (tmp_path / "store.pem").write_bytes(openssl("x509", "-inform", "DER", "-in", tmp_path / "md2.der"))
    shutil.copy(ROOT / "tests/data/real/amazon-root-ca-1.pem", tmp_path / "good.chain")
    device = tmp_path / "ours.yaml"
    device.write_text(f"device: ours\nstack: {STACKS[0]}\ntrust_store: [./store.pem, good.chain]\n")
    arguments = ("run", "-q", "--gate", "none", "-s", "starfield-class-2-removal", "-d", device, "--out", tmp_path / "o")
    done = chainbreak(*arguments)
    assert done.returncode == 2
    assert "--skip-unsupported leaves it out" in done.stderr
    (tmp_path / "both.pem").write_text((tmp_path / "store.pem").read_text() + (tmp_path / "good.chain").read_text())
    device.write_text(f"device: ours\nstack: {STACKS[0]}\ntrust_store: [both.pem, good.chain]\n")
    done = chainbreak(*arguments, "--skip-unsupported")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("left out") == 1


def is_small(stack: str) -> bool:
    limits = described(stack)["limits"]
    return any(0 < limits.get(name, 0) < 16384 for name in ("in_content", "max_certificate"))


def test_a_build_with_limits_of_size_meets_the_size_scenarios(world: Path, tmp_path: Path) -> None:
    for small in (True, False):
        stack = next((s for s in STACKS if is_small(s) == small), None)
        if stack is None:
            continue
        chainbreak("run", "-q", "--gate", "none", "--trust-store", world / "old.pem", "--stack", stack, "--out", tmp_path / "o")
        found = json.loads((tmp_path / "o/verdicts.json").read_text())["verdicts"]
        assert ("leaf-8-kib" in {v["scenario"] for v in found}) == small


def test_the_command_of_explain_runs_the_cell_again(world: Path, tmp_path: Path) -> None:
    done = quick(world, tmp_path, world / "old.pem", "--pin", fingerprints(world / "old.pem")["colons"], "--name",
                 "other.example.com", after="old")
    assert done.returncode == 0, done.stderr
    before = verdict(tmp_path)
    told = chainbreak("explain", "--in", tmp_path / "o", f"chains/old-{STACKS[0]}").stdout
    (command,) = [line.removeprefix("alone").strip() for line in told.splitlines() if line.startswith("alone")]
    again = subprocess.run(command + " -q --gate none", shell=True, capture_output=True, text=True, check=False)
    assert again.returncode == 0, command + again.stderr
    (tmp_path / "o").rename(tmp_path / "first")
    (tmp_path / "o.cell").rename(tmp_path / "o")
    assert verdict(tmp_path) == before
