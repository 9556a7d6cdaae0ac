"""Devices that speak MQTT in a run: their success is the CONNACK, and a refusal is the cloud's word, seen by its gate."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
STACKS = sorted(p.name.removeprefix("shim-") for p in (ROOT / "build/bin").glob("shim-*"))
SCENARIO = "mqtt-on-port-443"

pytestmark = [pytest.mark.skipif(not STACKS, reason="no shim is built"),
              pytest.mark.skipif(not any((Path(d) / "mosquitto").exists() for d in ("/usr/sbin", "/usr/local/sbin", "/usr/bin")),
                                 reason="there is no mosquitto")]

DEVICE = """device: {name}
stack: {stacks}
trust_store: [amazon-root-ca-1]
application: {application}
"""


def run(folder: Path, *devices: tuple[str, str]) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    words = []
    for name, application in devices:
        (folder / f"{name}.yaml").write_text(DEVICE.format(name=name, stacks=json.dumps(STACKS), application=application))
        words += ["--device", str(folder / f"{name}.yaml")]
    done = subprocess.run([PROGRAM, "run", "-q", "--fresh", "--scenario", SCENARIO, *words, "--gate", "none", "--out",
                           folder / "out"], capture_output=True, text=True, timeout=300, check=False)
    records: dict[str, Any] = {}
    if (folder / "out/results.jsonl").exists():
        with open(folder / "out/results.jsonl") as lines:
            records = {r["cell"]: r for r in map(json.loads, lines)}
    return done, records


@pytest.fixture(name="finished", scope="module")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("mqtt")
    done, records = run(folder, ("old", "{protocol: mqtt, topic: a/b, payload: 2000}"),
                        ("new", '{protocol: mqtt, version: "5", topic: a/b, payload: 0}'),
                        ("large", "{protocol: mqtt, topic: large, payload: 131072}"),  # eight records, heard by itself alone
                        ("quiet", "{protocol: mqtt}"), ("greedy", "{protocol: mqtt, keep_alive: 1201}"),
                        ("near", "{protocol: mqtt, keep_alive: 1200}"),
                        ("deep", "{protocol: mqtt, topic: a/b/c/d/e/f/g/h/i}"), ("byte", "{protocol: byte}"))
    assert done.returncode == 0, done.stderr
    return folder, records


def cells(records: dict[str, Any], device: str) -> list[dict[str, Any]]:
    """Those that TLS does not decide."""
    found = [r for c, r in records.items() if c.startswith(f"{SCENARIO}/port-8883/{device}-")
             and r["outcome"] not in ("unsupported", "not-built")]
    assert found
    return found


@pytest.mark.parametrize("device", ["old", "new", "large", "quiet", "near"])
def test_success_is_the_applications_word(finished: tuple[Path, dict[str, Any]], device: str) -> None:
    for record in cells(finished[1], device):
        if device == "large" and "-4k" in record["cell"]:  # what comes back is in records that its buffer does not hold
            assert (record["outcome"], record["refused_by"], record["stage"], record["reason"]) == \
                ("refused", "client", "application", "protocol-error")
            continue
        assert record["outcome"] == "connected", record["cell"]
        mqtt = record["endpoint"]["application"]["mqtt"]
        assert (mqtt["connack"], mqtt["version"], mqtt["closed_for"]) == (0, 5 if device == "new" else 4, None)
        assert mqtt["client_id"].startswith(f"{device}-127.")
        assert mqtt["published"] == ([0, 0] if device in ("quiet", "near") else [0, 1])


@pytest.mark.parametrize("device, rule", [("greedy", "keep-alive"), ("deep", "topic")])
def test_a_refusal_is_seen_on_both_sides(finished: tuple[Path, dict[str, Any]], device: str, rule: str) -> None:
    for record in cells(finished[1], device):
        assert (record["outcome"], record["reason"], record["refused_by"], record["stage"]) == \
            ("refused", "application-refused", "server", "application"), record["cell"]
        assert record["endpoint"]["application"]["mqtt"]["closed_for"] == rule


def test_a_device_of_bytes_is_served_beside(finished: tuple[Path, dict[str, Any]]) -> None:
    for record in cells(finished[1], "byte"):
        assert record["outcome"] == "connected", record["cell"]
        assert "mqtt" not in record["endpoint"]["application"]


def test_what_mends_it_was_tried(finished: tuple[Path, dict[str, Any]]) -> None:
    verdicts = json.loads((finished[0] / "out/verdicts.json").read_text())["verdicts"]
    seen = 0
    for v in verdicts:
        if v["device"].startswith("greedy-") and v["reason"] == "application-refused" and v["verdict"] == "already-broken":
            seen += 1
            assert v["cause"] == \
                "The device's MQTT CONNECT asks for a keep-alive of 1201 s, and the endpoint takes 1200 at most."
            assert v["mends"][0]["change"] == "keep-alive 1200"
    assert seen


BAD: dict[str, tuple[str, str]] = {
    "protocol": ("{protocol: coap}", "application.protocol: byte or mqtt"),
    "version": ('{protocol: mqtt, version: "4"}', "application.version"),
    "keep-alive": ("{protocol: mqtt, keep_alive: 65536}", "application.keep_alive"),
    "payload": ("{protocol: mqtt, topic: a, payload: 131073}", "application.payload"),
    "payload-alone": ("{protocol: mqtt, payload: 1}", "there is no application.topic"),
    "topic": ("{protocol: mqtt, topic: a/#}", "application.topic"),
    "byte": ("{protocol: byte, topic: a}", "its other keys are of `protocol: mqtt`"),
    "key": ("{protocol: mqtt, qos: 1}", "qos"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_device(tmp_path: Path, name: str) -> None:
    application, told = BAD[name]
    done, _ = run(tmp_path, ("bad", application))
    assert done.returncode == 2
    assert told in done.stderr
    assert "bad.yaml:" in done.stderr
