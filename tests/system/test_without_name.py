"""A state with `without_name`: who sends no server name is served as in an earlier state."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
STACKS = [s for s in ("openssl", "gnutls", "mbedtls", "wolfssl", "bearssl") if (ROOT / f"build/bin/shim-{s}").exists()]

SCENARIO = """\
scenario: by-name
title: Certificates by server name
story: The new chain is for who sends the name; the others go on with the old one.
source: RFC 6066 section 3
concerns: [trust-store]
states:
  - name: old
    now: 2024-11-01T00:00:00Z
    policy: IoTSecurityPolicy_TLS13_1_2_2022_10
    endpoint: a1b2c3d4e5f6g7.iot.eu-west-1.amazonaws.com
    leaf: {template: iot-data-legacy}
    chains: {rsa: [leaf, symantec-ica-2023]}
  - name: new
    leaf: {template: iot-data-ats, names: ["{endpoint}"]}
    chains: {rsa: [leaf, amazon-rsa-2048-m02]}
    without_name: old
"""
DEVICE = """\
device: {name}
title: A device
stack: [{stacks}]
trust_store: [{root}]
tls: {{sni: {sni}}}
"""


def run(folder: Path, scenario: str = SCENARIO) -> subprocess.CompletedProcess[str]:
    (folder / "scenario.yaml").write_text(scenario)
    words: list[Any] = []
    for root in ("verisign-g5", "amazon-root-ca-1"):
        for sni in ("true", "false"):
            name = f"{root[:6]}-{sni}"
            (folder / f"{name}.yaml").write_text(DEVICE.format(name=name, root=root, sni=sni, stacks=", ".join(STACKS)))
            words += ["--device", folder / f"{name}.yaml"]
    return subprocess.run([PROGRAM, "run", "--quiet", "--fresh", "--gate", "none", "--scenario", folder / "scenario.yaml",
                           "--out", folder / "out", *words], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(not STACKS, reason="no shim is built")
@pytest.mark.parametrize("engine", [None, "openssl", "gnutls"])
def test_the_server_name_decides(tmp_path: Path, engine: str | None) -> None:
    scenario = SCENARIO
    done = run(tmp_path, scenario)
    assert done.returncode == 0, done.stderr
    if engine:
        again = subprocess.run([PROGRAM, "run", "--quiet", "--fresh", "--gate", "none", "--engine", engine, "--scenario",
                                tmp_path / "scenario.yaml", "--out", tmp_path / "out", *[
                                    w for p in sorted(tmp_path.glob("*-*.yaml")) for w in ("--device", p)]],
                               capture_output=True, text=True, timeout=120, check=False)
        assert again.returncode == 0, again.stderr
    cells = {c["cell"]: c for c in map(json.loads, (tmp_path / "out/results.jsonl").read_text().splitlines())
             if "cell" in c}
    assert len(cells) == 8 * len(STACKS)
    for cell in cells.values():
        root, sni = re.match(r"(\w+?)-(true|false)-", cell["device"]).groups()  # type: ignore[union-attr]
        is_new = cell["state"] == "new" and sni == "true"
        expected = "connected" if (root == "amazon") == is_new else "refused"
        assert cell["outcome"] == expected, cell["cell"]
        if expected == "refused":
            assert cell["reason"] == "unknown-ca", cell["cell"]
    verdicts = json.loads((tmp_path / "out/verdicts.json").read_text())["verdicts"]
    for v in verdicts:
        kind = v["device"].rsplit("-", 1)[0]
        assert v["verdict"] == {"verisi-true": "breaks", "verisi-false": "survives", "amazon-true": "recovers",
                                "amazon-false": "already-broken"}[kind], v["device"]


@pytest.mark.skipif(not STACKS, reason="no shim is built")
def test_what_mends_it_is_to_send_the_name(tmp_path: Path) -> None:
    """A device of the new root that sends no name: it is served the old chain again."""
    second, third = SCENARIO.split("    without_name: old")[0], "  - name: by-name\n    without_name: old\n"
    assert run(tmp_path, second + third).returncode == 0
    verdicts = json.loads((tmp_path / "out/verdicts.json").read_text())["verdicts"]
    mine = [v for v in verdicts if v["device"].startswith("amazon-false")]
    assert len(mine) == len(STACKS)
    for v in mine:
        assert (v["verdict"], v["reason"]) == ("breaks", "unknown-ca"), v
        assert (v["mends"][0]["change"], v["mends"][0]["outcome"]) == ("send-name", "connected"), v["mends"]
        assert "sends no host name" in v["cause"]


def test_serve_has_both(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    with subprocess.Popen([PROGRAM, "serve", "--scenario", tmp_path / "scenario.yaml", "--state", "new"],
                          stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout
        try:
            port = next(m.group(1) for line in served.stdout if (m := re.search(r"127\.0\.0\.1:(\d+)", line)))
            issuers = []
            for words in (["-servername", "a1b2c3d4e5f6g7.iot.eu-west-1.amazonaws.com"], ["-noservername"],
                          ["-servername", "other.example"]):
                out = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *words], input="",
                                     capture_output=True, text=True, timeout=30, check=False).stdout
                issuers.append(re.search(r"i:(.*)", out).group(1))  # type: ignore[union-attr]
        finally:
            served.terminate()
    assert "Amazon" in issuers[0] and "Symantec" in issuers[1] and issuers[1] == issuers[2], issuers


@pytest.mark.parametrize("change, said", [
    (("without_name: old", "without_name: older"), "states[1].without_name: the name of an earlier state"),
    (("without_name: old", "without_name: new"), "states[1].without_name: the name of an earlier state"),
    (("without_name: old", "without_name: old\n    now: 2024-12-01T00:00:00Z"), "that state has another clock"),
])
def test_bad_names(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    done = run(tmp_path, SCENARIO.replace(*change))
    assert done.returncode == 2 and said in done.stderr, done.stderr
