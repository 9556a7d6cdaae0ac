"""Devices whose certificate is rotated, with what goes wrong: each family's library makes the keys and the requests, the
account issues, mosquitto carries the messages."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
NAMES = ("openssl", "gnutls", "mbedtls", "wolfssl")


def features(stack: str) -> list[str]:
    shim = ROOT / f"build/bin/shim-{stack}"
    if not shim.exists():
        return []
    return json.loads(subprocess.run([shim, "--describe"], capture_output=True, check=True).stdout)["features"]


STACKS = [s for s in NAMES if {"request-p-256", "identity"} <= set(features(s))]
pytestmark = pytest.mark.skipif(not STACKS or not shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin"),
                                reason="no shim that makes requests, or no broker")

# What no store survives: the cloud takes no such request, or nothing is left that it would take.
HOPELESS = {"csr-over-4096@csr_res", "csr-over-128k@csr_res", "old-deleted@crt"}
STRANDED = {
    # new credentials over the old ones: whatever is wrong with them is the end
    "one-slot": HOPELESS | {"power-fails@store", "certificate-malformed@crt", "certificate-of-another-key@crt",
                            "certificate-inactive@issue", "certificate-without-policy@issue"},
    # new credentials that are not committed are thrown away at boot, when the cloud may have deleted the old ones
    "rolls-back": HOPELESS | {"power-fails@crt_ack", "old-deleted@store", "old-deleted@session"},
    "tries-both": HOPELESS,
}


def rotate(folder: Path, *words: str, status: int | None = None) -> list[dict[str, Any]]:
    done = subprocess.run([PROGRAM, "rotate", "--quiet", "--out", folder / "rotation.json", *words], capture_output=True,
                          text=True, timeout=300, check=False)
    cells = json.loads((folder / "rotation.json").read_text())["devices"]
    errors = [(c["id"], c["error"]) for c in cells if c["verdict"] == "error"]
    assert not errors and done.stderr == "", (errors[:3], done.stderr)
    stranded = any(c["verdict"] == "stranded" for c in cells)
    assert done.returncode == (int(stranded) if status is None else status), done.stderr
    return cells


def where(cell: dict[str, Any]) -> str:
    return f'{cell["fault"]}@{cell["step"]}' if cell["step"] else cell["fault"]


def check(cell: dict[str, Any]) -> None:
    """What both sides have must fit the verdict."""
    uses, connects, old = cell["device"]["uses"], cell["device"]["connects"], cell["cloud"]["old"]
    assert connects == (cell["verdict"] != "stranded"), cell
    if connects:
        assert uses == "new" and old != "ACTIVE", cell
    if cell["verdict"] == "rotates":
        assert cell["rotated_on"] == 0, cell


WITHOUT_BROKER = ["none", "power-fails", "cloud-fails", "message-lost", "message-twice", "clock-1970", "clock-ahead",
                  "certificate-malformed", "certificate-of-another-key", "certificate-inactive",
                  "certificate-without-policy", "old-deleted", "csr-over-4096", "csr-over-128k"]


def faults(*names: str) -> list[str]:
    return [word for name in names for word in ("--fault", name)]


@pytest.mark.parametrize("stack", STACKS)
def test_every_fault_at_every_step(tmp_path: Path, stack: str) -> None:
    cells = rotate(tmp_path, "--stack", stack, *faults(*WITHOUT_BROKER), status=1)
    assert len(cells) >= 60
    for store, expected in STRANDED.items():
        of_store = [c for c in cells if c["store"] == store]
        assert {where(c) for c in of_store if c["verdict"] == "stranded"} == expected
        assert {where(c) for c in of_store if c["verdict"] == "rotates"} >= {"none", "message-twice@crt_ack"}
    for cell in cells:
        check(cell)


def test_the_broker_restarts(tmp_path: Path) -> None:
    """Really; what it had queued is gone, and the device subscribes anew when it comes back."""
    cells = rotate(tmp_path, "--stack", STACKS[0], "--fault", "broker-restarts", status=0)
    assert len(cells) == 24
    for cell in cells:
        check(cell)
        day = {"csr_req": 1, "issue": 2, "crt": 2}.get(cell["step"], 0)
        assert cell["rotated_on"] == day, cell


@pytest.mark.parametrize("words", [["--key", "rsa-2048"], ["--same-key"], ["--customer-ca"],
                                   ["--customer-ca", "--same-key", "--key", "rsa-2048"]], ids="".join)
def test_other_keys_and_authorities(tmp_path: Path, words: list[str]) -> None:
    stack = next((s for s in STACKS if "request-rsa-2048" in features(s)), None)
    if stack is None:
        pytest.skip("no build makes RSA keys")
    cells = rotate(tmp_path, "--stack", stack, *words, *faults("none", "power-fails@key", "message-lost@crt",
                                                               "certificate-inactive"))
    for cell in cells:
        check(cell)
        expected = {"none": "rotates", "certificate-inactive":
                    "stranded" if cell["store"] == "one-slot" else "recovers"}.get(cell["fault"], "recovers")
        assert cell["verdict"] == expected, cell


def test_a_fleet(tmp_path: Path) -> None:
    """A thousand devices of one build; each twentieth loses power while it stores its certificate."""
    words = faults(*["none"] * 19, "power-fails@store")
    cells = rotate(tmp_path, "--stack", STACKS[0], "--store", "one-slot", "--devices", "1000", *words, status=1)
    assert len(cells) == 1000
    verdicts = [c["verdict"] for c in cells]
    assert (verdicts.count("rotates"), verdicts.count("stranded")) == (950, 50)
    assert all(c["at"] == "store" and c["device"]["uses"] == "nothing" for c in cells if c["verdict"] == "stranded")


def test_nothing_is_left(tmp_path: Path) -> None:
    """No key of a run stays, also where the last one was killed."""
    cache = tmp_path / "cache"
    words = [PROGRAM, "rotate", "--stack", STACKS[0], "--fault", "power-fails", "--quiet"]
    env = {"CHAINBREAK_CACHE": str(cache), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    killed = subprocess.Popen(words, env=env)
    deadline = time.monotonic() + 60
    while not list(cache.glob("rotate/*/*.pem")):
        assert time.monotonic() < deadline and killed.poll() is None
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert list(cache.glob("rotate/*"))
    for path in cache.glob("rotate/*/*.pem"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert subprocess.run(words, env=env, timeout=120, check=False).returncode == 1
    assert not list(cache.glob("rotate/*"))


@pytest.mark.parametrize("words, said", [
    (["--fault", "power-fail"], "did you mean power-fails"),
    (["--fault", "power-fails@issue"], "does not happen at that step"),
    (["--fault", "power-fails@nowhere"], "does not happen at that step"),
    (["--store", "drawer"], "one-slot, rolls-back or tries-both"),
    (["--key", "dsa"], "p-256 or rsa-2048"),
    (["--devices", "0"], "a number from 1"),
    (["--stack", "no-such-stack"], "no-such-stack"),
])
def test_bad_words(words: list[str], said: str) -> None:
    done = subprocess.run([PROGRAM, "rotate", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and said in done.stderr and done.stdout == "", done.stderr


def test_it_lists_what_can_go_wrong() -> None:
    done = subprocess.run([PROGRAM, "rotate", "--list"], capture_output=True, text=True, timeout=60, check=True)
    for word in [*WITHOUT_BROKER, "broker-restarts", "csr_req", "retire"]:
        assert word in done.stdout
