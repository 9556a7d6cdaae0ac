"""A device that connects twice, the second time with the session of the first: what both sides say of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
STACKS = [s for s in ("openssl", "gnutls", "mbedtls", "wolfssl", "bearssl") if (ROOT / f"build/bin/shim-{s}").exists()]

pytestmark = pytest.mark.skipif(not STACKS, reason="no shim is built")

DEVICE = """\
device: {name}
title: A device that comes back
stack: [{stacks}]
trust_store: [amazon-root-ca-1]
tls: {tls}
"""

SCENARIO = """\
scenario: tickets
title: The endpoint sends session tickets
story: One that is large, and then a box that minds large ClientHellos.
source: RFC 8446 section 4.6.1
concerns: [tls]
states:
  - name: none
    now: 2024-11-01T00:00:00Z
    policy: IoTSecurityPolicy_TLS13_1_2_2022_10
    endpoint: a1b2c3d4e5f6g7-ats.iot.eu-west-1.amazonaws.com
    leaf: {template: iot-data-ats}
    chains: {rsa: [leaf, amazon-rsa-2048-m02]}
  - name: two
    tls: {tickets: 2}
  - name: box
    tls: {tickets: 2, ticket_padding: 2000, close: {how: fin, hello_over: 2000}}
"""


def cells(folder: Path, tls: str) -> dict[tuple[str, str], dict[str, Any]]:
    """By state and stack."""
    (folder / "device.yaml").write_text(DEVICE.format(name="returner", stacks=", ".join(STACKS), tls=tls))
    (folder / "scenario.yaml").write_text(SCENARIO)
    done = subprocess.run([PROGRAM, "run", "--quiet", "--gate", "none", "--out", folder / "out", "--device",
                           folder / "device.yaml", "--scenario", folder / "scenario.yaml"],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (folder / "out" / "results.jsonl").read_text().splitlines()]
    return {(c["state"], c["stack"]): c for c in lines}


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_both_sides_say_whether_it_was_resumed(tmp_path: Path, version: str) -> None:
    """With a ticket it is, without one it is not; a stack that cannot says so and is not tried."""
    tested = 0
    for (state, stack), cell in cells(tmp_path, f'{{resume: true, max: "{version}"}}').items():
        if cell["outcome"] == "unsupported":
            assert stack not in ("openssl", "gnutls"), cell["note"]
            assert cell["shim"]["why"]["feature"] == "resume"
            continue
        said = cell["shim"]["got"].get("resumed"), cell["endpoint"]["chose"].get("resumed", False)
        if state == "box":
            assert (cell["outcome"], said) == ("refused", (False, False)), cell
            assert cell["reason"] in ("peer-closed", "ticket-refused")
        else:
            assert (cell["outcome"], said) == ("connected", (state == "two",) * 2), cell
            assert bool(cell["certificate_bytes"]) == (state == "none")
        tested += 1
    assert tested >= 6


def test_one_that_does_not_come_back(tmp_path: Path) -> None:
    """The box lets its only ClientHello pass, and nothing is said of a second connection."""
    for cell in cells(tmp_path, "{resume: false}").values():
        assert cell["outcome"] == "connected", cell
        assert "resumed" not in cell["shim"]["got"]


def test_the_cause_and_the_mend(tmp_path: Path) -> None:
    """Coming back without the session is tried, and works where only the second ClientHello is too large."""
    cells(tmp_path, "{resume: true}")
    verdicts = json.loads((tmp_path / "out" / "verdicts.json").read_text())["verdicts"]
    broken = [v for v in verdicts if v["verdict"] == "breaks"]
    assert broken
    for verdict in broken:
        assert "without the session" in json.dumps(verdict["mends"]), verdict
        assert "ClientHello has" in verdict["cause"] or "first connection succeeds" in verdict["cause"], verdict
