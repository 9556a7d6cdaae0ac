"""Each kind of defect of kinds.py, served to every stack build that is there: who refuses gives a reason that is the
defect's, or says that it is the library's word."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from forge import ALGORITHMS, Forge, pem
from kinds import HOST, ISSUERS, KINDS, NOW, ROLES, Kind

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
BUILT = sorted(p.name.removeprefix("shim-") for p in (ROOT / "build/bin").glob("shim-*"))
MANY = 15  # with so many stack builds each kind is refused by somebody, unless it is none to refuse

STATE = '  - {{name: {name}, now: {now}, policy: free, endpoint: "{host}", chains: {{{key}: [./{name}.pem]}}}}\n'


def run(folder: Path, *words: object, experiments: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, "run", "--fresh", "-q", "--experiments", str(experiments), "--gate", "none",
                           *map(str, words)],
                          cwd=folder, capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "CHAINBREAK_CACHE": str(folder / "cache")})


def role(kind: Kind, letter: str) -> dict[str, Any]:
    return {**ROLES[letter], **kind.change.get(letter, {})}


def certificates(forge: Forge, kind: Kind) -> dict[str, bytes]:
    return {c: forge.certificate(role(kind, c), role(kind, kind.issuers.get(c, ISSUERS[c])))
            for c in kind.chain + kind.store}


def key_kind(kind: Kind) -> str:
    return "rsa" if role(kind, "L")["key"].startswith("rsa") else "ecdsa"


def plan(folder: Path, number: int, store: bytes, kinds: list[Kind]) -> list[object]:
    """Writes the device of this store and the scenario of its kinds; the words that choose them."""
    (folder / f"store-{number}.pem").write_text(pem(store))
    device, scenario = folder / f"device-{number}.yaml", folder / f"scenario-{number}.yaml"
    device.write_text(f"device: d{number}\ntitle: t\nstack: [{', '.join(BUILT)}]\ntrust_store: [./store-{number}.pem]\n")
    scenario.write_text(f"scenario: s{number}\ntitle: t\nstory: s\nsource: s\nstates:\n" + "".join(
        STATE.format(name=k.name, now=NOW, host=k.host, key=key_kind(k)) for k in kinds))
    return ["--device", device, "--scenario", scenario]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """By kind: a record of each stack build. All in one run."""
    folder = tmp_path_factory.mktemp("kinds")
    forge, stores, words, cells = Forge(folder), dict[bytes, list[Kind]](), list[object](), []
    for kind in KINDS:
        made = certificates(forge, kind)
        (folder / f"{kind.name}.pem").write_text(pem(*(made[c] for c in kind.chain)))
        stores.setdefault(made[kind.store], []).append(kind)
    second = Kind("second")  # a scenario has two states at least
    (folder / "second.pem").write_text((folder / "good.pem").read_text())
    for number, (store, kinds) in enumerate(stores.items()):
        words += plan(folder, number, store, [*kinds, second])
        cells += [f"s{number}/d{number}-{stack}\n" for stack in BUILT]
    (folder / "cells").write_text("".join(cells))
    done = run(folder, "--cells", folder / "cells", "--out", folder / "out", *words)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    with (folder / "out/results.jsonl").open() as lines:
        for line in lines:
            record = json.loads(line)
            found.setdefault(record["state"], []).append(record)
    return found


def word_of(record: dict[str, Any]) -> str:
    """The reason, in parentheses if it is said to be the library's word."""
    reason = str(record["reason"])
    return f"({reason})" if "is the library's word" in (record["note"] or "") else reason


@pytest.mark.parametrize("kind", KINDS, ids=[k.name for k in KINDS])
def test_a_kind(records: dict[str, list[dict[str, Any]]], kind: Kind) -> None:
    found = records[kind.name]
    assert len(found) == len(BUILT)
    for r in found:
        assert r["outcome"] in ("connected", "refused", "unsupported"), r
        assert r["outcome"] != "refused" or word_of(r) in kind.reasons.split(), (r["stack"], word_of(r), r["native"])
        assert not kind.all or r["outcome"] != "connected", r
    if len(BUILT) >= MANY and kind.reasons:
        assert any(r["outcome"] == "refused" for r in found)


def test_a_signature_algorithm_of_nobody(tmp_path: Path) -> None:
    """Whether a library verifies it cannot be told from a twin, so there is none: refused by name, or `unsupported`."""
    kind = Kind("unknown", "", {"L": {"inner": ALGORITHMS["unknown"], "outer": ALGORITHMS["unknown"]}})
    made = certificates(Forge(tmp_path), kind)
    good = certificates(Forge(tmp_path), Kind("good"))
    (tmp_path / "chain.pem").write_text(pem(made["L"], made["M"]))
    (tmp_path / "store.pem").write_text(pem(good["R"], made["R"]))
    (tmp_path / "good.pem").write_text(pem(good["L"], good["M"]))
    words = ("--trust-store", "store.pem", "--chain-before", "good.pem", "--chain-after", "chain.pem", "--name", HOST,
             "--now", NOW, "--stack", BUILT[0], "--out", "out")
    done = run(tmp_path, *words)
    assert done.returncode == 2 and "1.3.6.1.4.1.99999.2" in done.stderr, done.stderr
    run(tmp_path, *words, "--skip-unsupported")
    verdict = json.loads((tmp_path / "out/verdicts.json").read_text())["verdicts"][0]
    assert verdict["verdict"] == "unsupported", verdict


@pytest.mark.parametrize(("kind", "says"), [
    ("leaf-san-malformed", "malformed extension subjectAltName of certificate number 0"),
    ("mid-basic-constraints-malformed", "extension basicConstraints of certificate number 1"),
    ("leaf-san-twice", "extension subjectAltName of certificate number 0"),
])
def test_the_cause_names_what_cannot_be_read(tmp_path: Path, kind: str, says: str) -> None:
    """Whatever the library says: it may miss an issuer for it."""
    forge, chosen = Forge(tmp_path), next(k for k in KINDS if k.name == kind)
    good, made = certificates(forge, KINDS[0]), certificates(forge, chosen)
    (tmp_path / "good.pem").write_text(pem(good["L"], good["M"]))
    (tmp_path / "chain.pem").write_text(pem(*(made[c] for c in chosen.chain)))
    (tmp_path / "store.pem").write_text(pem(good["R"]))
    done = run(tmp_path, "--trust-store", "store.pem", "--chain-before", "good.pem", "--chain-after", "chain.pem", "--now", NOW,
               *(w for s in BUILT[::4] for w in ("--stack", s)), "--out", "out", experiments=1000)
    assert done.returncode == 0, done.stderr
    broken = [v for v in json.loads((tmp_path / "out/verdicts.json").read_text())["verdicts"] if v["verdict"] == "breaks"]
    assert broken
    for v in broken:
        assert says in v["cause"] or v["reason"] != "certificate-parse-error", (v["stack"], v["cause"])
