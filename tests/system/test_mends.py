"""What a run says of causes and mends, over small worlds made here with openssl: no sentence contradicts its own figures, and
every mend that is shown has a cell that connected. Knows no stack by name."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
# The systems' own libraries: one of each family.
STACKS = sorted(p.name.removeprefix("shim-")
                for p in (ROOT / "build/bin").glob("shim-*")
                if "@" not in p.name)
LATE = "2026-06-15T00:00:00Z"

pytestmark = pytest.mark.skipif(not STACKS, reason="no shim is built")

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n" \
     "subjectKeyIdentifier=hash\n"
LEAF = "basicConstraints=CA:FALSE\nsubjectAltName=DNS:mqtt.example.com\n" \
       "keyUsage=critical,digitalSignature,keyEncipherment\n"


class World:
    """Certificates by name, each with its key; times as in `openssl ca`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def openssl(self, *words: object) -> None:
        subprocess.run(["openssl", *map(str, words)], cwd=self.folder,
                       check=True, capture_output=True)

    def make(self, name: str, subject: str, issuer: str | None, ext: str,
             start: str = "20240101000000Z", end: str = "20300101000000Z",
             key: str | None = None, pss: bool = False) -> None:
        folder = self.folder
        if key is None:
            key = name
            self.openssl("genrsa", "-out", f"{name}.key", "2048")
        signer = issuer or name
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text(f"{abs(hash(name)) % 10**9 + 4096:012d}")
        (folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\n"
            "new_certs_dir=.\ndefault_md=sha256\npolicy=p\nunique_subject=no\n"
            "rand_serial=yes\n"
            f"[p]\ncommonName=supplied\n[e]\n{ext}")
        self.openssl("req", "-new", "-key", f"{key}.key", "-subj",
                     f"/CN={subject}", "-out", "r.csr")
        who = ["-selfsign", "-keyfile", f"{key}.key"] if issuer is None else \
              ["-cert", f"{signer}.pem", "-keyfile", f"{signer}.key"]
        more = ["-sigopt", "rsa_padding_mode:pss", "-sigopt",
                "rsa_pss_saltlen:32"] if pss else []
        self.openssl("ca", "-batch", "-config", "ca.cnf", "-in", "r.csr",
                     "-out", f"{name}.pem", "-startdate", start, "-enddate",
                     end, "-extensions", "e", "-notext", *who, *more)

    def chain(self, name: str, *parts: str) -> Path:
        text = "".join((self.folder / f"{p}.pem").read_text() for p in parts)
        path = self.folder / f"{name}-chain.pem"
        path.write_text(text)
        return path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    w = World(tmp_path_factory.mktemp("world"))
    w.make("root", "Test Root", None, CA)
    w.make("ica", "Test Issuing", "root", CA)
    w.make("leaf", "mqtt.example.com", "ica", LEAF)
    return w


def run(w: World, out: Path, before: Path, after: Path, store: str,
        *words: str) -> dict[str, Any]:
    stacks = [x for s in STACKS for x in ("--stack", s)]
    done = subprocess.run(
        [PROGRAM, "run", "-q", "--gate", "none", "--out", out, *stacks,
         "--trust-store", w.folder / store, "--chain-before", before,
         "--chain-after", after, *words],
        capture_output=True, text=True, env=dict(os.environ), timeout=180,
        check=False)
    assert done.returncode == 0, done.stderr
    return check(out)


def words_of(text: str) -> set[str]:
    return {p.strip() for p in re.split(r", | and ", text)}


def check_sentences(v: dict[str, Any]) -> None:
    cause = v["cause"] or ""
    told = re.search(r"signed by (.+?), and the device's store holds "
                     r"(?:only )?([^.;]+)", cause)
    if told:
        assert told[1] not in words_of(told[2]), cause
    for now, start, end in re.findall(
            r"it is (\d{4}-\d\d-\d\d)T[^,]*, and [^;]*? is valid from "
            r"(\d{4}-\d\d-\d\d)\S* to (\d{4}-\d\d-\d\d)", cause):
        assert now <= start or now >= end, cause
    for text in (cause, v["mend"] or ""):
        assert "(null)" not in text and "{" not in text, text


def check(out: Path) -> dict[str, Any]:
    """What holds for every run. The verdicts by stack build."""
    plan = json.loads((out / "plan.json").read_text())
    lines = (out / "experiments.jsonl").read_text().splitlines() \
        if (out / "experiments.jsonl").exists() else []
    ran = {e["cell"]: e for e in map(json.loads, lines)}
    stores = {d["id"]: {plan["certificates"][i]["common_name"]
                        for i in d["trust_store"]} for d in plan["devices"]}
    verdicts = json.loads((out / "verdicts.json").read_text())["verdicts"]
    for v in verdicts:
        check_sentences(v)
        for mend in v["mends"]:
            wanted = "refused" if v["verdict"] == "insecure" else "connected"
            assert mend["outcome"] == wanted, mend
            assert ran[mend["cell"]]["outcome"] == wanted, mend
            added = re.fullmatch(r"add-anchor (.*)", mend["change"])
            assert not added or added[1] not in stores[v["device"]], mend
        if v["verdict"] in ("breaks", "already-broken", "insecure"):
            assert v["cause"], v
            assert v["undiagnosed"] == (not v["mends"]), v
            assert bool(v["mend"]) == bool(v["mends"]), v
            first = v["experiments"][0]
            assert (first["outcome"], first["reason"]) == (
                "connected" if v["verdict"] == "insecure" else "refused",
                v["reason"]), v
    return {v["stack"]: v for v in verdicts}


def broken(found: dict[str, Any]) -> list[dict[str, Any]]:
    bad = [v for v in found.values()
           if v["verdict"] in ("breaks", "already-broken")]
    assert bad, {s: v["verdict"] for s, v in found.items()}
    return bad


def changes(v: dict[str, Any]) -> set[str]:
    return {m["change"].split(" ")[0] for m in v["mends"]}


def test_missing_intermediate(world: World, tmp_path: Path) -> None:
    found = run(world, tmp_path / "o", world.chain("whole", "leaf", "ica"),
                world.chain("short", "leaf"), "root.pem")
    for v in broken(found):
        assert "Test Issuing" in v["cause"]
        assert "send" in changes(v)


def test_order(world: World, tmp_path: Path) -> None:
    world.make("mid", "Test Mid", "root", CA)
    world.make("low", "Test Low", "mid", CA)
    world.make("deep", "mqtt.example.com", "low", LEAF)
    found = run(world, tmp_path / "o",
                world.chain("sorted", "deep", "low", "mid"),
                world.chain("unsorted", "deep", "mid", "low"), "root.pem")
    for v in broken(found):
        assert "not sent in order: number 1 (Test Mid)" in v["cause"]
        assert "order" in changes(v)


def test_expired_anchor(world: World, tmp_path: Path) -> None:
    world.make("old", "Test Root", None, CA, end="20260301000000Z", key="root")
    chain = world.chain("today", "leaf", "ica")
    found = run(world, tmp_path / "o", chain, chain, "old.pem", "--now", LATE)
    for v in broken(found):
        assert "trust anchor Test Root is valid from 2024-01-01 to 2026-03-01" \
            in v["cause"]
        assert "replace-anchor" in changes(v)


def test_expired_intermediate(world: World, tmp_path: Path) -> None:
    world.make("stale", "Test Issuing", "root", CA, end="20260301000000Z",
               key="ica")
    found = run(world, tmp_path / "o", world.chain("fresh", "leaf", "ica"),
                world.chain("stale", "leaf", "stale"), "root.pem", "--now",
                LATE)
    for v in broken(found):
        assert "Test Issuing is valid from 2024-01-01 to 2026-03-01" \
            in v["cause"]
        assert "renew" in changes(v)


def test_rekeyed_root(world: World, tmp_path: Path) -> None:
    """Two anchors of one name: told apart, and never "add X" for the one that is there."""
    world.make("root2", "Test Root", None, CA)
    world.make("ica2", "Test Issuing 2", "root2", CA)
    world.make("leaf2", "mqtt.example.com", "ica2", LEAF)
    found = run(world, tmp_path / "o", world.chain("one", "leaf", "ica"),
                world.chain("two", "leaf2", "ica2"), "root.pem")
    for v in broken(found):
        assert re.search(r"Test Root \(", v["cause"]), v["cause"]
        assert "add-anchor" in changes(v)


def test_address(world: World, tmp_path: Path) -> None:
    both = LEAF.replace("DNS:mqtt.example.com",
                        "DNS:192.168.1.1,IP:192.168.1.1")
    one = LEAF.replace("DNS:mqtt.example.com", "IP:192.168.1.1")
    world.make("both", "broker", "ica", both)
    world.make("ip", "broker", "ica", one)
    found = run(world, tmp_path / "o", world.chain("both", "both", "ica"),
                world.chain("ip", "ip", "ica"), "root.pem", "--name",
                "192.168.1.1")
    for v in broken(found):
        assert "IP:192.168.1.1" in v["cause"]
        assert any(m["change"] == "name DNS:192.168.1.1" for m in v["mends"])


def test_critical_extension(world: World, tmp_path: Path) -> None:
    world.make("odd", "Test Odd", "root",
               CA + "policyConstraints=critical,requireExplicitPolicy:3\n")
    world.make("leaf3", "mqtt.example.com", "odd", LEAF)
    found = run(world, tmp_path / "o", world.chain("ok", "leaf", "ica"),
                world.chain("odd", "leaf3", "odd"), "root.pem")
    for v in broken(found):
        assert "extension policyConstraints of certificate number 1 " \
            "(Test Odd)" in v["cause"]


def test_pss(world: World, tmp_path: Path) -> None:
    world.make("pss", "mqtt.example.com", "ica", LEAF, pss=True)
    found = run(world, tmp_path / "o", world.chain("rsa", "leaf", "ica"),
                world.chain("pss", "pss", "ica"), "root.pem")
    for v in found.values():
        if v["verdict"] == "breaks":
            assert "rsassaPss with SHA-256" in v["cause"]
            assert "sign-plain" in changes(v)


def test_no_experiments(world: World, tmp_path: Path) -> None:
    """What is not tried is not advised."""
    stack = STACKS[0]
    out = tmp_path / "o"
    subprocess.run(
        [PROGRAM, "run", "-q", "--gate", "none", "--out", out, "--stack",
         stack, "--trust-store", world.folder / "root.pem", "--chain-before",
         world.chain("whole", "leaf", "ica"), "--chain-after",
         world.chain("short", "leaf"), "--experiments", "0"],
        check=True, timeout=60)
    [v] = json.loads((out / "verdicts.json").read_text())["verdicts"]
    assert v["undiagnosed"] and v["cause"] and not v["mend"]
    assert not v["mends"] and not v["experiments"]
