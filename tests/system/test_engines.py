"""The endpoint's two TLS libraries: what both can serve comes out the same. Knows no stack by name."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
ENGINES = ["openssl", "gnutls"]
# The system's libraries: each family once.
STACKS = sorted(p.name.removeprefix("shim-")
                for p in (ROOT / "build/bin").glob("shim-*")
                if "@" not in p.name)
# Versions, suites, key types, ALPN, fragments, no SNI; one that refuses most, one that refuses nothing.
DEVICES = ["tls1*", "rsa-kx-only", "ecdsa-only", "alpn-mqtt", "mfl-4096", "no-sni", "verify-off", "amazon-root-1-only",
           "starfield-g2-only"]
# Keys of scenarios that one of them alone can serve.
WANTS = {"ignore_max_fragment_length": "gnutls", "tickets": "openssl"}
# Of a cell: what happened, and what was on the wire; group, signature algorithm and ALPN come with what was chosen.
SEEN = ["outcome", "reason", "refused_by", "stage", "version", "suite", "alert_sent", "alert_received",
        "certificate_bytes"]

pytestmark = pytest.mark.skipif(not STACKS, reason="no shim is built")


def scenarios(key: str | None) -> list[str]:
    """Those with this key; None: that both can serve."""
    return [p.stem for p in sorted((ROOT / "scenarios").glob("*/*.yaml"))
            if (f"{key}: " in p.read_text() if key else not any(f"{k}: " in p.read_text() for k in WANTS))]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, "run", *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          check=False)


def measured(engine: str, out: Path) -> tuple[dict[str, Any], dict[str, Any], set[str]]:
    """What was seen of each cell, the verdicts, and the engines that the records name."""
    words = ([x for d in DEVICES for x in ("--device", d)] + [x for s in STACKS for x in ("--stack", s)]
             + [x for s in scenarios(None) for x in ("--scenario", s)])
    done = run("-q", "--engine", engine, "--experiments", "0", "--out", out, *words)
    assert done.returncode == 0, done.stderr
    cells = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    verdicts = json.loads((out / "verdicts.json").read_text())["verdicts"]
    return ({c["cell"]: [c[key] for key in SEEN] + [c["endpoint"] and c["endpoint"]["chose"]] for c in cells},
            {f"{v['scenario']}/{v['device']}": [v["verdict"], v["reason"]] for v in verdicts},
            {c["endpoint"]["engine"] for c in cells if c["endpoint"]})


def test_both_engines_give_the_same(tmp_path: Path) -> None:
    one, other = (measured(engine, tmp_path / engine) for engine in ENGINES)
    assert (one[2], other[2]) == ({ENGINES[0]}, {ENGINES[1]})
    assert len(one[0]) > 1000
    for mine, yours in zip(one[:2], other[:2]):
        assert set(mine) == set(yours)
        assert {k: (mine[k], yours[k]) for k in mine if mine[k] != yours[k]} == {}


@pytest.mark.parametrize("key", WANTS)
def test_a_state_that_one_cannot_serve(tmp_path: Path, key: str) -> None:
    """It goes to the other one; asked of the one alone it is `untested`, which is no word about the device."""
    names, able = scenarios(key), WANTS[key]
    unable, = set(ENGINES) - {able}
    assert names
    words = ["-q", "--gate", "none", "--device", "mfl-4096", "--experiments", "0",
             *(x for s in names for x in ("--scenario", s))]
    for engine, want in (None, {able, ENGINES[0]}), (able, {able}), (unable, {unable}):
        out = tmp_path / str(engine)
        done = run(*words, "--out", out, *(["--engine", engine] if engine else []))
        cells = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
        assert {c["endpoint"]["engine"] for c in cells if c["endpoint"]} == want, done.stderr
        untested = [c for c in cells if c["outcome"] == "untested"]
        assert bool(untested) == (engine == unable)
        assert all(key in c["note"] for c in untested), untested


def test_an_engine_that_is_none(tmp_path: Path) -> None:
    done = run("--engine", "no-such", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "--engine no-such: openssl or gnutls" in done.stderr
