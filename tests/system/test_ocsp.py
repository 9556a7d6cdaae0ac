"""OCSP stapling: what an endpoint staples, what devices and real clients make of it, and what mends it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

from authority import LEAF, Authority
from test_serve import Serve

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
STACKS = [s for s in ("openssl", "openssl@1.0.2", "openssl@1.1.1", "openssl@3.5", "gnutls", "mbedtls", "wolfssl", "bearssl")
          if (ROOT / f"build/bin/shim-{s}").exists()]
STAPLES = ["good", "revoked", "unknown", "expired", "malformed", "wrong-responder", "try-later"]

SCENARIO = """\
scenario: stapling
title: The endpoint staples
story: A response of each sort.
source: RFC 6066 section 8
concerns: [tls]
states:
  - name: none
    now: 2024-11-01T00:00:00Z
    policy: IoTSecurityPolicy_TLS13_1_2_2022_10
    endpoint: a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com
    leaf: {template: iot-data-ats}
    chains: {rsa: [leaf, amazon-rsa-2048-m02]}
""" + "".join(f"  - name: {s}\n    tls: {{staple: {s}}}\n" for s in STAPLES)

# Of a family whose shims have the feature: what is refused, and for what. GnuTLS takes two answers that are none.
CHECKS = {"revoked": "ocsp-revoked", "expired": "ocsp-expired", "malformed": "ocsp-invalid", "wrong-responder": "ocsp-invalid"}
REFUSES = {"openssl": CHECKS | {"unknown": "ocsp-unknown", "try-later": "ocsp-invalid"}, "gnutls": CHECKS}
# GnuTLS asks when nobody says.
ASKS = {"openssl": ("ask", "require"), "gnutls": ("library", "ask", "require")}


def run(folder: Path, ocsp: str, version: str, *more: object, scenario: str = SCENARIO,
        store: str = "amazon-root-ca-1") -> tuple[dict[tuple[str, str], dict[str, Any]], list[dict[str, Any]]]:
    """Cells by stack and state, and verdicts."""
    (folder / "device.yaml").write_text(
        f"device: asker\ntitle: A device that asks\nstack: [{', '.join(STACKS)}]\ntrust_store: [{store}]\n"
        f'tls: {{ocsp: {ocsp}, min: "{version}", max: "{version}"}}\n')
    (folder / "scenario.yaml").write_text(scenario)
    done = subprocess.run([PROGRAM, "run", "--quiet", "--gate", "none", "--fresh", "--out", folder / "out", "--device",
                           folder / "device.yaml", "--scenario", folder / "scenario.yaml", *map(str, more)],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (folder / "out" / "results.jsonl").read_text().splitlines()]
    return ({(c["stack"], c["state"]): c for c in lines},
            json.loads((folder / "out" / "verdicts.json").read_text())["verdicts"])


@pytest.mark.parametrize("engine", ["openssl", "gnutls"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("ocsp", ["library", "none", "ask", "require"])
def test_what_devices_make_of_it(tmp_path: Path, ocsp: str, version: str, engine: str) -> None:
    cells, _ = run(tmp_path, ocsp, version, "--experiments", "0", "--engine", engine)
    tested = 0
    for (stack, state), cell in cells.items():
        family = stack.split("@")[0]
        if cell["outcome"] == "unsupported":
            feature = cell["shim"]["why"]["feature"]
            assert feature == "tls-1.3" if family in REFUSES else feature in ("tls-1.3", "ocsp"), cell["cell"]
            continue
        assert family in REFUSES or ocsp in ("library", "none"), cell["cell"]
        asks = ocsp in ASKS.get(family, ())
        assert bool(cell["endpoint"].get("staple_bytes")) == (asks and state != "none"), cell["cell"]
        want = REFUSES[family].get(state) if asks else None
        if ocsp == "require" and state == "none":
            want = "ocsp-missing"
        seen = cell["reason"] if cell["outcome"] == "refused" else cell["outcome"]
        assert seen == (want or "connected"), (cell["cell"], seen)
        assert cell["refused_by"] == ("client" if want else None)
        tested += 1
    assert tested >= 16


def test_what_mends_it(tmp_path: Path) -> None:
    """Each bad response by a good one; by none where the device does not require one; by a device that does not ask."""
    for ocsp, also in ("ask", {"no-staple"}), ("require", set()):
        _, verdicts = run(tmp_path, ocsp, "1.2", scenario=SCENARIO.replace("leaf: {", "tls: {staple: good}\n    leaf: {")
                          .replace("  - name: good\n    tls: {staple: good}\n", ""))
        broken = [v for v in verdicts if v["verdict"] == "breaks"]
        assert broken
        for v in broken:
            assert {m["change"] for m in v["mends"]} >= {"staple-good", "no-ocsp"} | also, v["mends"]
            assert "staples an OCSP response that" in v["cause"], v["cause"]


@pytest.mark.skipif("gnutls" not in STACKS, reason="GnuTLS reads the extension alone")
def test_a_leaf_that_must_be_stapled(tmp_path: Path) -> None:
    """RFC 7633: of the families here GnuTLS alone heeds the TLS feature extension."""
    folder = tmp_path / "ca"
    folder.mkdir()
    ca = Authority(folder)
    root = ca.issue("Example Root 1", ca=True, end="20360101000000Z", kind="rsa-2048")
    leaf = ca.issue("mqtt.example.com", root, names="DNS:mqtt.example.com", kind="rsa-2048",
                    instead=(*LEAF, "tlsfeature=status_request", "subjectAltName=DNS:mqtt.example.com"))
    ca.write("leaf.pem", leaf)
    store = ca.write("root.pem", root)
    scenario = ("scenario: must\ntitle: Must-staple\nstory: s\nsource: RFC 7633\nconcerns: [tls]\nstates:\n"
                "  - name: stapled\n    now: 2026-06-15T00:00:00Z\n    policy: free\n    endpoint: mqtt.example.com\n"
                "    chains: {rsa: [ca/leaf.pem]}\n    tls: {staple: good}\n  - name: bare\n    tls: {staple: none}\n")
    cells, verdicts = run(tmp_path, "library", "1.2", scenario=scenario, store=str(store))
    for (stack, state), cell in cells.items():
        refuses = (stack, state) == ("gnutls", "bare")
        assert cell["outcome"] == ("refused" if refuses else "connected"), (stack, state, cell["note"])
        assert cell["reason"] == ("ocsp-required" if refuses else "none")
    broken, = [v for v in verdicts if v["verdict"] == "breaks"]
    assert {"staple-good"} <= {m["change"] for m in broken["mends"]}, broken["mends"]


@pytest.fixture(params=["none", "good", "revoked", "expired", "wrong-responder"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Serve]]:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(SCENARIO)
    running = Serve("--state", request.param, scenario=scenario)
    yield request.param, running
    running.process.kill()
    running.process.communicate()


def test_real_clients(served: tuple[str, Serve]) -> None:
    """Unchanged, by the true time: s_client shows the response, curl ends over a bad one and over none, gnutls-cli over a bad
    one."""
    state, serve = served
    host, port = serve.field("listening").rsplit(":", 1)
    name, anchors = serve.field("name"), serve.field("anchors")
    said = subprocess.run([*serve.try_command(), "-status"], input="", capture_output=True, text=True, timeout=30,
                          check=False).stdout
    assert ("OCSP response: no response sent" in said) == (state == "none"), said
    assert ("Cert Status: revoked" in said) == (state == "revoked"), said
    assert ("Cert Status: good" in said) == (state in ("good", "expired", "wrong-responder")), said
    if shutil.which("curl"):
        done = subprocess.run(["curl", "-sS", "--cert-status", "--max-time", "20", "--cacert", anchors, "--resolve",
                               f"{name}:{port}:{host}", f"https://{name}:{port}/"], capture_output=True, text=True,
                              timeout=30, check=False)
        refused = "status" in done.stderr or done.returncode == 91
        assert refused == (state != "good"), done.stderr
    if shutil.which("gnutls-cli"):
        done = subprocess.run(["gnutls-cli", "--x509cafile", anchors, "--sni-hostname", name, "--verify-hostname", name,
                               "-p", port, host], input="", capture_output=True, text=True, timeout=30, check=False)
        assert ("Handshake was completed" in done.stdout) == (state in ("none", "good")), done.stdout
