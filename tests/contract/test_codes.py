"""Every code that a library's headers list has a row in its shim's tables: with a reason, or `unmapped` by decision. Where
the headers list them is in clients/<family>/codes.txt; those that a stack build was compiled with are looked through."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract import ROOT, Json, Shim


def header(name: str, folders: list[Path]) -> Path | None:
    for folder in folders:
        found = [p for p in sorted(folder.rglob(name)) if "/node/" not in str(p)] if folder.exists() else []
        if found:
            return found[0]
    return None


def listed(text: str, names: str, no_code: str | None) -> Iterator[tuple[str, int]]:
    """`#define NAME -0x2080` and `NAME = -188,`."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for name, number in re.findall(rf"\b({names})\s*[ \t=]\s*\(?(-?(?:0x[0-9A-Fa-f]+|\d+))\)?\s*(?:[,}}\n]|$)", text):
        if not (no_code and re.fullmatch(no_code, name)):
            yield name, int(number, 0)


def test_every_listed_code_has_a_row(shim: Shim, described: Json) -> None:
    lists = ROOT / "clients" / described["family"] / "codes.txt"
    tables = json.loads(subprocess.run([str(shim.path), "--codes"], check=True, capture_output=True).stdout)
    tree = ROOT / "build/stacks" / described["stack"] / "tree"
    folders = [tree] if tree.exists() else [Path("/usr/include")]
    seen = 0
    for line in lists.read_text().splitlines():
        if line.startswith("#"):
            continue
        table, name, names, no_code, *_ = [*line.split(), None]
        path = header(name, folders)
        if not path:
            continue
        for code, number in listed(path.read_text(errors="replace"), names, no_code):
            if number not in (0, 1) or table == "verify":
                seen += 1
                assert str(number) in tables[table], f"{path}: {code} {number} has no row"
    if not seen:
        pytest.skip(f"no headers of this build are at {folders[0]}")
    assert seen > 40, f"only {seen} codes were found in {lists}"


def test_a_table_has_each_number_once(shim: Shim) -> None:
    def pairs(items: list[tuple[str, str]]) -> dict[str, str]:
        assert len({k for k, _ in items}) == len(items), "a number twice"
        return dict(items)
    out = subprocess.run([str(shim.path), "--codes"], check=True, capture_output=True).stdout
    assert json.loads(out, object_pairs_hook=pairs)
