"""`chainbreak stack`: a team's own library and configuration, and everything that can be wrong with them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import resource
import select
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build/bin/chainbreak"
CACHE = Path(os.environ.get("CHAINBREAK_CACHE", ROOT / "build/cache"))
NAME = "test-ours"
CONFIGS = ROOT / "clients/stacks/config"


def source(stack: str) -> Path:
    """The unpacked source of a built-in stack build, whichever of its archives this machine took."""
    text = (ROOT / f"clients/stacks/{stack}.yaml").read_text()
    trees = [CACHE / "trees" / rest.split()[0]
             for rest in text.split("sha256: ")[1:]]
    for tree in trees:
        if tree.is_dir():
            return tree
    pytest.skip(f"{stack} was not built: its source could not be had")


def chainbreak(*args: str | Path, limit: Callable[[], None] | None = None,
               **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *map(str, args)], check=False, text=True,
                          capture_output=True, preexec_fn=limit,
                          env={**os.environ, **env}, timeout=300)


def add(*args: str | Path,
        **kwargs: str) -> subprocess.CompletedProcess[str]:
    return chainbreak("stack", "add", "--name", NAME, *args, **kwargs)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    chainbreak("stack", "remove", NAME)
    assert not (ROOT / f"clients/stacks/{NAME}.yaml").exists()
    assert not (ROOT / f"build/bin/shim-{NAME}").exists()


def described() -> dict[str, object]:
    done = chainbreak("describe", NAME)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def nothing_left(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """One clear line, and neither file nor program."""
    assert done.returncode in (2, 3), done.stdout + done.stderr
    said = [x for x in (done.stdout + done.stderr).splitlines() if x]
    assert len(said) == 1, said
    for word in words:
        assert word in said[0], said[0]
    assert not (ROOT / f"clients/stacks/{NAME}.yaml").exists()
    assert not (ROOT / f"build/bin/shim-{NAME}").exists()


DEVICE = """
device: ours
stack: {stack}
trust_store: [amazon-root-ca-1]
"""


def test_a_team_adds_its_tree_and_header(tmp_path: Path) -> None:
    """The way of the documentation, up to a verdict."""
    header = tmp_path / "our config.h"
    header.write_text((CONFIGS / "mbedtls-2.28-4k.h").read_text().replace(
        "#define MBEDTLS_SSL_SERVER_NAME_INDICATION\n", "").replace(
            "#define MBEDTLS_HAVE_TIME_DATE\n", ""))
    done = add("--family", "mbedtls", "--source", source("mbedtls@2.28-4k"),
               "--config", header)
    assert done.returncode == 0, done.stdout + done.stderr
    d = described()
    assert d["version"] == "2.28.3" and d["limits"]["in_content"] == 4096
    assert not {"sni", "clock", "tls-1.3", "alpn"} & set(d["features"])
    assert {"tls-1.2", "heap"} <= set(d["features"])
    again = chainbreak("stack", "build", NAME)
    assert "up to date" in again.stdout
    device = tmp_path / "ours.yaml"
    device.write_text(DEVICE.format(stack=NAME)
                      + "tls: {sni: false}\nclock: none\n")
    run = chainbreak("run", "--device", device, "--scenario",
                     "starfield-class-2-removal", "--out", tmp_path / "out")
    verdicts = json.loads((tmp_path / "out/verdicts.json").read_text())
    assert run.returncode in (0, 1), run.stderr
    assert [(v["verdict"], v["reason"]) for v in verdicts["verdicts"]] == [
        ("recovers", "none")], "four certificates do not fit into 4096 bytes"
    header.write_text(header.read_text().replace("LEN 4096", "LEN 16384")
                      .replace("LEN  4096", "LEN 16384"))
    assert "built in" in chainbreak("stack", "build", NAME).stdout
    assert described()["limits"]["in_content"] == 16384


def test_a_client_that_names_no_groups(tmp_path: Path) -> None:
    """wolfSSL's header for Rowley's boards has no TLS extensions: it offers ECDHE and leaves the group to the server
    (RFC 8422 section 4). OpenSSL's server refuses that, so the other engine serves it, and only what OpenSSL can tell."""
    tree = source("wolfssl@5.7-device")
    done = add("--family", "wolfssl", "--source", tree, "--config",
               tree / "IDE/ROWLEY-CROSSWORKS-ARM/user_settings.h",
               CFLAGS_LIBRARY="-O0 -w")
    assert done.returncode == 0, done.stdout + done.stderr
    device = tmp_path / "ours.yaml"
    device.write_text(DEVICE.format(stack=NAME) + "tls: {sni: false}\n")
    out = tmp_path / "out"
    run = chainbreak("run", "--device", device, "--out", out)
    assert run.returncode == 1, run.stderr
    documents = json.loads((out / "verdicts.json").read_text())
    assert documents["run"]["errors"] == documents["run"]["unmapped"] == 0
    cells = [json.loads(line) for line in
             (out / "results.jsonl").read_text().splitlines()]
    # OpenSSL alone sends tickets.
    assert [c["state"] for c in cells if c["outcome"] == "untested"] == ["with"]
    cells = [c for c in cells if c["outcome"] != "untested"]
    groups = {h["id"]: h["groups"] for h in map(json.loads, (
        out / "hellos.jsonl").read_text().splitlines())}
    assert {c["endpoint"]["hello"] for c in cells} <= set(groups)
    assert not any(groups[c["endpoint"]["hello"]] for c in cells)
    engines = {(c["outcome"], c["endpoint"]["engine"]) for c in cells}
    assert ("connected", "gnutls") in engines, engines
    assert {c["reason"] for c in cells
            if c["endpoint"]["engine"] == "openssl"} <= {
                "version-unsupported", "suite-mismatch",
                "application-refused"}


def test_a_wolfssl_without_hooks(tmp_path: Path) -> None:
    """No allocator hook, no SNI, no peer certificates: features, not failures; the heap is had by renaming."""
    header = tmp_path / "user_settings.h"
    header.write_text("".join(
        line for line in (CONFIGS / "wolfssl-device.h").read_text()
        .splitlines(True) if not any(
            word in line for word in ("SESSION_CERTS", "KEEP_PEER_CERT",
                                      "HAVE_SNI", "HAVE_MAX_FRAGMENT")))
        .replace("#endif\n", "#define NO_WOLFSSL_MEMORY\n#endif\n"))
    done = add("--family", "wolfssl", "--source", source("wolfssl@5.5-device"),
               "--config", header)
    assert done.returncode == 0, done.stdout + done.stderr
    features = set(described()["features"])
    assert not {"sni", "peer-chain", "max-fragment-length"} & features
    assert {"clock", "heap", "tls-1.2"} <= features
    device = tmp_path / "ours.yaml"
    device.write_text(DEVICE.format(stack=NAME).replace(
        "amazon-root-ca-1", "starfield-g2") + "tls: {sni: false}\n")
    chainbreak("run", "--device", device, "--scenario",
               "starfield-class-2-removal", "--out", tmp_path / "out")
    cells = [json.loads(line) for line in
             (tmp_path / "out/results.jsonl").read_text().splitlines()]
    # Without alternative chains nothing may follow what the anchor signs.
    assert [(c["outcome"], c["reason"]) for c in cells] == [
        ("refused", "unknown-ca"), ("connected", "none")], cells
    assert 30000 < cells[1]["peak_heap"] < 100000, cells[1]["peak_heap"]


def test_a_prefix_and_a_static_library(tmp_path: Path) -> None:
    prefix = source("mbedtls@2.16")
    done = add("--family", "mbedtls", "--prefix", prefix)
    assert done.returncode == 0, done.stdout + done.stderr
    assert described()["version"] == "2.16.9"
    chainbreak("stack", "remove", NAME)
    archives = sorted(prefix.rglob("libmbed*.a"))
    libraries = [w for a in archives for w in ("--library", a)]
    done = add("--family", "mbedtls", *libraries, "--include",
               prefix / "usr/include")
    assert done.returncode == 0, done.stdout + done.stderr
    assert described()["version"] == "2.16.9"


def test_an_archive_without_a_top_folder(tmp_path: Path) -> None:
    tree, flat = source("mbedtls@2.28-4k"), tmp_path / "flat.tar.gz"
    subprocess.run(["tar", "-C", tree, "-czf", flat, "library", "include",
                    "3rdparty"], check=True)
    digest = hashlib.sha256(flat.read_bytes()).hexdigest()
    done = add("--family", "mbedtls", "--archive", flat, "--sha256",
               digest.upper(), "--config", CONFIGS / "mbedtls-2.28-4k.h")
    shutil.rmtree(CACHE / "trees" / digest, ignore_errors=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_bearssl_as_a_static_library(tmp_path: Path) -> None:
    found = subprocess.run(["cc", "-print-file-name=libbearssl.a"], text=True,
                           check=True, capture_output=True).stdout.strip()
    if not Path(found).is_absolute():
        pytest.skip("no libbearssl.a on this machine")
    done = add("--family", "bearssl", "--library", found,
               "--include", "/usr/include/bearssl")
    assert done.returncode == 0, done.stdout + done.stderr
    device = tmp_path / "ours.yaml"
    device.write_text(DEVICE.format(stack=NAME))
    run = chainbreak("run", "--device", device, "--scenario", "cross-signature-appears",
                     "--out", tmp_path / "out")
    assert run.returncode == 0 and "1 survives" in run.stdout, run.stdout


def test_functions_of_the_firmware(tmp_path: Path) -> None:
    """What only the board defines is named; a C file gives it."""
    header = tmp_path / "config.h"
    header.write_text((CONFIGS / "mbedtls-2.28-4k.h").read_text().replace(
        "#define MBEDTLS_PLATFORM_C", "#define MBEDTLS_PLATFORM_C\n"
        "#define MBEDTLS_PLATFORM_ZEROIZE_ALT\n#define MBEDTLS_CHECK_PARAMS\n"
        "#define MBEDTLS_PARAM_FAILED(what) board_failed(#what)"))
    words = ("--family", "mbedtls", "--source", source("mbedtls@2.28-4k"),
             "--config", header)
    nothing_left(add(*words), "board_failed", "--file")
    # zeroize is in the library too, as it was taken back: the firmware's wins.
    board = tmp_path / "board.c"
    board.write_text("#include <stdlib.h>\n#include <string.h>\n"
                     "void board_failed(const char *what) { abort(); }\n"
                     "void mbedtls_platform_zeroize(void *p, size_t n)\n"
                     "{ memset(p, 0, n); }\n")
    done = add(*words, "--file", board)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_header_that_does_not_compile(tmp_path: Path) -> None:
    header = tmp_path / "config.h"
    header.write_text("#define MBEDTLS_SSL_TLS_C\n#error not for this board\n")
    nothing_left(add("--family", "mbedtls", "--source",
                     source("mbedtls@2.28-4k"), "--config", header),
                 "config.h:2", "not for this board", "log:")


def test_a_tree_of_another_family() -> None:
    nothing_left(add("--family", "wolfssl", "--source",
                     source("mbedtls@2.28-4k")),
                 "no source tree of wolfssl")


def test_an_archive_with_another_hash(tmp_path: Path) -> None:
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(b"not what was meant")
    nothing_left(add("--family", "mbedtls", "--archive", archive, "--sha256",
                     "0" * 64), "SHA-256")


def test_an_archive_that_is_torn(tmp_path: Path) -> None:
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(b"\x1f\x8b not gzip")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    nothing_left(add("--family", "mbedtls", "--archive", archive),
                 "cannot be unpacked")
    assert not (CACHE / "trees" / digest).exists()


def test_an_archive_for_another_architecture(tmp_path: Path) -> None:
    archive = tmp_path / "libmbedtls-dev_2.16.9-0.1_nowhere.deb"
    archive.write_bytes(b"a machine that nobody has")
    nothing_left(add("--family", "mbedtls", "--archive", archive),
                 "this machine's architecture", "a source archive")


def test_no_network(tmp_path: Path) -> None:
    """A place that nobody serves: the line says what is missing and where it can be put by hand."""
    done = add("--family", "mbedtls", "--archive",
               "http://127.0.0.1:1/x.tar.gz", "--sha256", "1" * 64)
    nothing_left(done, "x.tar.gz could not be had", "By hand")
    assert not list((CACHE / "archives").glob("1111*part"))


def test_an_archive_put_there_by_hand(tmp_path: Path) -> None:
    archive = tmp_path / "lib.tar.gz"
    tree = source("mbedtls@2.28-4k")
    subprocess.run(["tar", "-czf", archive, "-C", tree.parent, "--transform",
                    f"s/^{tree.name}/mbedtls/", f"{tree.name}/include",
                    f"{tree.name}/library", f"{tree.name}/3rdparty"],
                   check=True)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    kept = CACHE / "archives" / f"{digest}-lib.tar.gz"
    kept.write_bytes(archive.read_bytes())
    done = add("--family", "mbedtls", "--archive",
               "http://127.0.0.1:1/lib.tar.gz", "--sha256", digest, "--config",
               CONFIGS / "mbedtls-2.28-4k.h")
    assert done.returncode == 0, done.stdout + done.stderr
    kept.unlink()


def test_no_compiler(tmp_path: Path) -> None:
    nothing_left(add("--family", "mbedtls", "--source",
                     source("mbedtls@2.28-4k"), CC="/nowhere/cc"),
                 "/nowhere/cc")


def test_a_full_disk(tmp_path: Path) -> None:
    """Files cannot grow beyond 8 KB: nothing is half there."""
    tree = source("mbedtls@2.28-4k")
    done = chainbreak(
        "stack", "add", "--name", NAME, "--family", "mbedtls", "--source",
        tree, "--config", CONFIGS / "mbedtls-2.28-4k.h",
        limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "not built" in done.stdout
    assert not (ROOT / f"build/bin/shim-{NAME}").exists()
    assert not (ROOT / f"clients/stacks/{NAME}.yaml").exists()


def test_a_program_of_an_older_file_does_not_stay(tmp_path: Path) -> None:
    """A build that fails takes the program of the build before it with it, and the run says that it is not built."""
    header = tmp_path / "config.h"
    header.write_text((CONFIGS / "mbedtls-2.28-4k.h").read_text())
    assert add("--family", "mbedtls", "--source", source("mbedtls@2.28-4k"),
               "--config", header).returncode == 0
    header.write_text("#error gone\n")
    done = chainbreak("stack", "build", NAME)
    assert done.returncode == 3 and "#error gone" in done.stdout
    assert not (ROOT / f"build/bin/shim-{NAME}").exists()
    device = tmp_path / "ours.yaml"
    device.write_text(DEVICE.format(stack=NAME))
    run = chainbreak("run", "--device", device, "--scenario",
                     "starfield-class-2-removal", "--out", tmp_path / "out")
    assert NAME in run.stdout + run.stderr
    assert "not built" in run.stdout + run.stderr


def test_another_version_than_the_file_says(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(f"stack: {NAME}\nfamily: mbedtls\nversion: 2.28.8\n"
                     f"source: {{prefix: {source('mbedtls@2.16')}}}\n")
    done = chainbreak("stack", "build", other)
    assert done.returncode == 3
    assert "says 2.28.8, and the program 2.16.9" in done.stdout
    assert not (ROOT / f"build/bin/shim-{NAME}").exists()


def test_one_failure_stops_no_other(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(f"stack: {NAME}\nfamily: mbedtls\nsource: {{tree: "
                   f"{tmp_path}}}\n")
    good = next(p for p in sorted((ROOT / "clients/stacks").glob("*.yaml"))
                if (ROOT / f"build/bin/shim-{p.stem}").exists())
    done = chainbreak("stack", "build", bad, good)
    assert done.returncode == 3
    lines = sorted(done.stdout.splitlines())
    assert any("no source tree of mbedtls" in x for x in lines), lines
    assert any(good.stem in x and "up to date" in x for x in lines), lines
    assert chainbreak("stack", "build", "--optional", bad).returncode == 0


def test_a_file_whose_source_is_gone_stops_no_other(tmp_path: Path) -> None:
    gone = ROOT / f"clients/stacks/{NAME}.yaml"
    gone.write_text(f"stack: {NAME}\nfamily: mbedtls\nsource: {{tree: {tmp_path}/gone}}\n")
    done = chainbreak("stack", "list")
    assert done.returncode == 2 and "gone is not there" in done.stderr
    assert "openssl@1.0.1" in done.stdout
    done = chainbreak("stack", "build", "--quick", "--optional")
    assert done.returncode == 0 and "gone is not there" in done.stderr
    assert chainbreak("describe", "openssl@1.0.1").returncode == 0
    assert chainbreak("stack", "remove", NAME).returncode == 0
    assert not gone.exists()


@pytest.mark.parametrize("name,said", [
    ("gnutls", "there is a stack build of that name"), ("curl", "built in has that name"),
    ("mbedtls", "there is a stack build of that name"), ("wolfssl@4.6", "there is a stack build of that name")])
def test_no_build_answers_in_the_place_of_another(name: str, said: str, tmp_path: Path) -> None:
    """Not one of the folder, not a ready client; by an option, and by a file. The folder's own file may be named."""
    program = ROOT / f"build/bin/shim-{name}"
    before = program.stat().st_mtime_ns if program.exists() else None
    done = chainbreak("stack", "add", "--name", name, "--family", "mbedtls", "--prefix", "/usr")
    assert done.returncode == 2 and said in done.stderr
    file = tmp_path / "ours.yaml"
    file.write_text(f"stack: {name}\nfamily: mbedtls\nsource: {{prefix: /usr}}\n")
    done = chainbreak("stack", "build", file)
    assert done.returncode == 2 and said in done.stderr
    assert before == (program.stat().st_mtime_ns if program.exists() else None)
    done = chainbreak("stack", "build", ROOT / "clients/stacks/openssl.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def compiler(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """The compiler under a shell pattern: what matches fails, or is not found. Each call is kept in tmp_path/calls."""
    def make(pattern: str) -> dict[str, str]:
        program = tmp_path / "cc"
        program.write_text(f"""#!/bin/sh
echo "$*" >> {tmp_path}/calls
case "$*" in
    {pattern}) [ "$1" = -print-file-name=libmbedx509.a ] || echo "x.c:1: error: told to fail" >&2; exit 1 ;;
esac
exec cc "$@"
""")
        program.chmod(0o755)
        return {"CC": str(program)}
    return make


@pytest.mark.parametrize("stack,pattern,lacks", [
    ("bearssl", "*-include*bearssl.h*", "bearssl.h (package libbearssl-dev)"),
    ("mbedtls", "*-print-file-name=libmbedx509.a", "libmbedx509.a (package libmbedtls-dev)"),
    ("gnutls", "*-include*gnutls.h*", "gnutls/gnutls.h with what clients/gnutls needs of it (package libgnutls28-dev)"),
])
def test_a_library_that_the_system_has_not(stack: str, pattern: str, lacks: str,
                                           compiler: Callable[[str], dict[str, str]]) -> None:
    """Of all of the system's it is told and no error; asked for by name it is one. No program of before answers."""
    program = ROOT / f"build/bin/shim-{stack}"
    if not program.exists():
        pytest.skip(f"{stack} is not built")
    try:
        done = chainbreak("stack", "build", "--system", **compiler(pattern))
        assert done.returncode == 0, done.stdout + done.stderr
        line = next(x for x in done.stdout.splitlines() if x.startswith(f"{stack} "))
        assert "not built: not on this machine: " in line and lacks in line
        assert not program.exists()
        listed = json.loads(chainbreak("list", "stacks", "--json").stdout)
        assert [(s["built"], s["reason"].split(": ")[0]) for s in listed if s["stack"] == stack] in (
            [], [(False, "not on this machine")])
        assert "not on this machine" in chainbreak("describe", stack).stderr
        assert chainbreak("stack", "build", stack, **compiler(pattern)).returncode == 3
    finally:
        assert chainbreak("stack", "build", "--system").returncode == 0
    assert program.exists()


def test_a_shim_that_does_not_compile_is_an_error(compiler: Callable[[str], dict[str, str]]) -> None:
    """`make` must not pass over it as over a library that is not there."""
    if not (ROOT / "build/bin/shim-openssl").exists():
        pytest.skip("openssl is not built")
    (ROOT / "build/stacks/openssl/shim/conn.o").unlink()
    try:
        done = chainbreak("stack", "build", "--system", **compiler("*clients/openssl/conn.c*"))
        assert done.returncode == 3
        assert "openssl              not built: x.c:1: error: told to fail" in done.stdout
    finally:
        assert chainbreak("stack", "build", "--system").returncode == 0


def test_an_unchanged_make_compiles_and_links_nothing(
        tmp_path: Path, compiler: Callable[[str], dict[str, str]]) -> None:
    for _ in range(2):
        done = subprocess.run(["make", "-C", ROOT, "all", f"CC={compiler('none')['CC']}"], check=False,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        calls = (tmp_path / "calls").read_text().splitlines()
        (tmp_path / "calls").unlink()
    assert not [c for c in calls if f" {c} ".find(" -o ") >= 0], calls
    assert "CC " not in done.stdout and "LD " not in done.stdout
    told = done.stdout.splitlines()
    for stack in ("openssl", "mbedtls", "wolfssl", "gnutls", "bearssl"):
        assert [x for x in told if x.startswith(f"{stack} ") and ("up to date" in x or "not built: not on" in x)], told


def test_two_at_the_same_time() -> None:
    """From nothing, in one folder: one builds, the others wait."""
    tree = source("mbedtls@2.28-4k")
    assert add("--family", "mbedtls", "--source", tree).returncode == 0
    shutil.rmtree(ROOT / f"build/stacks/{NAME}")
    (ROOT / f"build/bin/shim-{NAME}").unlink()
    started = [subprocess.Popen([PROGRAM, "stack", "build", NAME], text=True, stdout=subprocess.PIPE)
               for _ in range(3)]
    for one in started:
        said = one.communicate(timeout=300)[0]
        assert one.returncode == 0 and "built in" in said, said
    assert described()["version"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_build_leaves_no_file(number: signal.Signals) -> None:
    """Nor does a compiler go on."""
    tree = source("wolfssl@5.5-device")
    with subprocess.Popen([PROGRAM, "stack", "add", "--name", NAME, "--family", "wolfssl", "--source", tree,
                           "--config", CONFIGS / "wolfssl-device.h"]) as one:
        first = ROOT / f"build/stacks/{NAME}/library"
        while not first.exists() and one.poll() is None:
            select.select([], [], [], 0.05)
        one.send_signal(number)
        assert one.wait(30) == -number
    assert not (ROOT / f"clients/stacks/{NAME}.yaml").exists()
    lock = ROOT / f"build/stacks/{NAME}/lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
    assert not (ROOT / f"build/bin/shim-{NAME}").exists()


def test_what_the_file_names_is_what_is_built(tmp_path: Path) -> None:
    """A list that became shorter, and another file of the same name that is older than what was built."""
    for folder, text in ("a", "int a_is_here;"), ("b", "#error b"), ("c", "int c_is_here;"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "bo ard.c").write_text(text + "\n")
        os.utime(tmp_path / folder / "bo ard.c", (1e9, 1e9))
    file = tmp_path / "ours.yaml"

    def build(*folders: str) -> subprocess.CompletedProcess[str]:
        files = "".join(f"  - {folder}/bo ard.c\n" for folder in folders)
        file.write_text(f"stack: {NAME}\nfamily: mbedtls\nsource: {{prefix: /usr}}\nfiles:\n{files}")
        return chainbreak("stack", "build", file)

    try:
        assert "error: #error b" in build("a", "b").stdout
        assert build("a").returncode == 0
        assert "up to date" in build("a").stdout
        assert build("c").returncode == 0
        assert b"c_is_here" in (ROOT / f"build/bin/shim-{NAME}").read_bytes()
    finally:
        shutil.rmtree(ROOT / f"build/stacks/{NAME}", ignore_errors=True)
        (ROOT / f"build/bin/shim-{NAME}").unlink(missing_ok=True)


def test_a_prefix_without_headers(tmp_path: Path) -> None:
    """The system's are of another version."""
    tree = source("mbedtls@3.6.6")
    libraries = tmp_path / "sdk/lib"
    libraries.mkdir(parents=True)
    for archive in tree.rglob("libmbed*.a"):
        shutil.copy(archive, libraries)
    nothing_left(add("--family", "mbedtls", "--prefix", tmp_path / "sdk"),
                 "no header mbedtls/ssl.h below the prefix")
    shutil.copytree(tree / "usr/include", tmp_path / "sdk/headers")
    assert add("--family", "mbedtls", "--prefix", tmp_path / "sdk").returncode == 0
    assert described()["version"] == "3.6.6"


def test_a_cache_named_from_here(tmp_path: Path) -> None:
    archive = tmp_path / "ours.tar.gz"
    tree = source("mbedtls@2.28-4k")
    subprocess.run(["tar", "-C", tree.parent, "-czf", archive, tree.name], check=True)
    done = subprocess.run([PROGRAM, "stack", "add", "--name", NAME, "--family", "mbedtls", "--archive", archive],
                          cwd=tmp_path, env={**os.environ, "CHAINBREAK_CACHE": "kept"}, text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "kept/trees").is_dir()


def test_what_a_build_stands_for() -> None:
    """The program tells what it is, its file what it is for."""
    stack = "mbedtls@2.28-4k"
    if not (ROOT / f"build/bin/shim-{stack}").exists():
        pytest.skip(f"{stack} is not built")
    done = json.loads(chainbreak("describe", stack).stdout)
    assert done["limits"]["in_content"] == 4096
    assert "microcontroller" in done["stands_for"]
    assert done["configuration_header"].endswith("mbedtls-2.28-4k.h")


@pytest.mark.parametrize("words,said", [
    (("--name", "Bad Name", "--family", "mbedtls", "--prefix", "/"), "a-z"),
    (("--name", "mbedtls", "--family", "mbedtls", "--prefix", "/"),
     "there is a stack build of that name"),
    (("--name", "curl", "--family", "mbedtls", "--prefix", "/"),
     "built in has that name"),
    (("--name", "mbedtls@2.16", "--family", "mbedtls", "--prefix", "/"),
     "there is a stack build of that name"),
    (("--name", NAME, "--family", "mbedtls"), "exactly one"),
    (("--name", NAME, "--family", "nss", "--prefix", "/"), "no such family"),
    (("--name", NAME, "--family", "mbedtls", "--source", "/nowhere"),
     "/nowhere"),
    (("--name", NAME, "--family", "mbedtls", "--archive", "http://x/y"),
     "--sha256"),
    (("--name", NAME, "--family", "mbedtls", "--debian", "x"), "--suite"),
])
def test_usage(words: tuple[str, ...], said: str) -> None:
    done = chainbreak("stack", "add", *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert not (ROOT / f"clients/stacks/{NAME}.yaml").exists()


def test_a_name_that_is_not_there() -> None:
    for command in ("build", "remove"):
        done = chainbreak("stack", command, "never-heard-of")
        assert done.returncode == 2
        assert "stack list" in done.stderr


def test_a_package_of_another_suite() -> None:
    """The suite's lists come into the cache, the archive is pinned in the file, nothing is installed."""
    done = add("--family", "mbedtls", "--debian", "libmbedtls-dev", "--suite",
               "trixie")
    if "not found in trixie" in done.stderr:
        pytest.skip("the suite could not be had here")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (ROOT / f"clients/stacks/{NAME}.yaml").read_text()
    assert "pool/main/m/mbedtls/libmbedtls-dev_3.6" in text
    assert len(text.split("sha256: ")[1].split()[0]) == 64
    assert str(described()["version"]).startswith("3.6.")


def test_a_package_that_is_not_there() -> None:
    nothing_left(add("--family", "mbedtls", "--debian", "no-such-dev",
                     "--suite", "trixie"), "not found in trixie", "log")


@pytest.mark.parametrize("stack,header,versions,connects", [
    # ECDSA alone and 1 KB records; RSA alone, TLS 1.0 and 1.1.
    ("mbedtls@2.28-4k", "configs/config-suite-b.h", {"tls-1.2"}, []),
    ("mbedtls@2.28-4k", "configs/config-mini-tls1_1.h",
     {"tls-1.1"}, ["iot-data-to-ats"]),
    ("wolfssl@5.7-device", "examples/configs/user_settings_arduino.h",
     {"tls-1.2"}, ["chain-of-nine"]),
    ("wolfssl@5.7-device", "examples/configs/user_settings_template.h",
     {"tls-1.2", "tls-1.3"}, ["chain-of-nine"]),
])
def test_headers_that_the_libraries_bring(
        tmp_path: Path, stack: str, header: str, versions: set[str],
        connects: list[str]) -> None:
    """Configurations for boards, as published: they build, the controls hold, and the verdicts follow from what they
    leave out."""
    tree = source(stack)
    done = add("--family", stack.split("@")[0], "--source", tree, "--config",
               tree / header)
    assert done.returncode == 0, done.stdout + done.stderr
    features = set(described()["features"])
    assert versions == {f for f in features if f.startswith("tls-")
                        and f != "tls-1.0"}
    device = tmp_path / "ours.yaml"
    device.write_text(DEVICE.format(stack=NAME)
                      + ("" if "sni" in features else "tls: {sni: false}\n")
                      + ("" if "clock" in features else "clock: none\n"))
    run = chainbreak("run", "--device", device, "--out", tmp_path / "out")
    # one that takes none of the anchors connects nowhere: no statement
    assert run.returncode == (1 if connects else 3), run.stderr
    documents = json.loads((tmp_path / "out/verdicts.json").read_text())
    assert documents["run"]["errors"] == documents["run"]["unmapped"] == 0
    verdicts = {v["scenario"]: v["verdict"] for v in documents["verdicts"]}
    for scenario in connects:
        assert verdicts[scenario] in ("survives", "recovers"), verdicts


@pytest.mark.parametrize("stack,defines", [
    ("mbedtls@2.28-4k", []),
    ("mbedtls@2.28-4k", ["--define", "BOARD_PSA"]),
    ("mbedtls@3.6-4k", []),
    ("mbedtls@3.6-4k", ["--define", "BOARD_PSA"]),
])
def test_what_only_the_board_has(tmp_path: Path, stack: str,
                                 defines: list[str]) -> None:
    """Accelerators, memory, time, locks and random numbers of a board are taken back to C; the quick form asks for no
    dates where the build has none."""
    done = add("--family", "mbedtls", "--source", source(stack), "--config",
               ROOT / "tests/system/headers/board.h", *defines)
    assert done.returncode == 0, done.stdout + done.stderr
    features = set(described()["features"])
    assert "sni" in features and "clock" not in features
    assert {f for f in features if f.startswith("tls-")} == {"tls-1.2"}
    run = chainbreak("run", "--trust-store",
                     "/etc/ssl/certs/ca-certificates.crt", "--stack", NAME,
                     "--out", tmp_path / "out")
    assert run.returncode in (0, 1), run.stderr
    assert f"{NAME}: the build checks no dates" in run.stderr
    documents = json.loads((tmp_path / "out/verdicts.json").read_text())
    assert documents["run"]["errors"] == documents["run"]["unmapped"] == 0
    verdicts = {v["scenario"]: v for v in documents["verdicts"]}
    assert verdicts["p-384-issuer"]["verdict"] == "breaks"
    assert "built without it" in verdicts["p-384-issuer"]["cause"]
    assert verdicts["dst-root-x3-expires"]["verdict"] == "survives"
    assert "unsupported" not in {v["verdict"] for v in verdicts.values()}


def runs(tmp_path: Path) -> dict[str, str]:
    """The quick form over the machine's own roots: each scenario's verdict."""
    run = chainbreak("run", "--trust-store",
                     "/etc/ssl/certs/ca-certificates.crt", "--stack", NAME,
                     "--out", tmp_path / "out")
    assert run.returncode in (0, 1), run.stderr
    documents = json.loads((tmp_path / "out/verdicts.json").read_text())
    assert documents["run"]["errors"] == documents["run"]["unmapped"] == 0
    return {v["scenario"]: v["verdict"] for v in documents["verdicts"]}


@pytest.mark.parametrize("stack,header,replaced,versions", [
    # An accelerator and FreeRTOS; its own time() and generator; a system that renames string functions; one with
    # a heap of its own; a server in the library that does not link.
    ("wolfssl@5.7-device", "examples/configs/user_settings_stm32.h",
     {"STM32_RNG", "FREERTOS", "WOLFSSL_SP_ASM"}, {"tls-1.2", "tls-1.3"}),
    ("wolfssl@5.7-device", "IDE/GCC-ARM/Header/user_settings.h",
     {"XTIME", "CUSTOM_RAND_GENERATE"}, {"tls-1.2"}),
    ("wolfssl@5.7-device", "IDE/ECLIPSE/MICRIUM/user_settings.h",
     {"MICRIUM", "XMEMCPY"}, {"tls-1.1", "tls-1.2"}),
    ("wolfssl@5.5-device", "IDE/ECLIPSE/DEOS/user_settings.h",
     {"WOLFSSL_DEOS", "XMALLOC_USER"}, {"tls-1.2"}),
    ("wolfssl@5.7-device", "examples/configs/user_settings_platformio.h",
     set(), {"tls-1.2", "tls-1.3"}),
])
def test_headers_of_boards(tmp_path: Path, stack: str, header: str,
                           replaced: set[str], versions: set[str]) -> None:
    """Hardware, systems, clocks and heaps of boards are taken back to C, and the build says which."""
    tree = source(stack)
    done = add("--family", "wolfssl", "--source", tree, "--config",
               tree / header, CFLAGS_LIBRARY="-O0 -w")
    assert done.returncode == 0, done.stdout + done.stderr
    d = described()
    assert {"clock", "heap"} <= set(d["features"])
    assert versions == {f for f in d["features"] if f.startswith("tls-")}
    assert replaced <= set(
        str(d.get("board_macros_taken_back", "")).split(", "))
    empty = d.get("empty_sdk_headers")
    assert (f"empty files stand for {empty}:" in done.stdout) == bool(empty)
    verdicts = set(runs(tmp_path).values())
    assert verdicts <= {"survives", "breaks", "recovers", "already-broken"}
    assert "up to date" in chainbreak("stack", "build", NAME).stdout


@pytest.mark.parametrize("stack,config,macros", [
    ("mbedtls@2.28-4k", "mbedtls-2.28-4k.h",
     "AES_ALT GCM_ALT SHA256_ALT SHA512_ALT RSA_ALT MPI_EXP_MOD_ALT ECP_INTERNAL_ALT ECP_ADD_MIXED_ALT ECDSA_VERIFY_ALT "
     "PLATFORM_ZEROIZE_ALT ENTROPY_HARDWARE_ALT NO_PLATFORM_ENTROPY THREADING_C THREADING_ALT "
     "PLATFORM_GMTIME_R_ALT TIMING_ALT"),
    ("wolfssl@5.7-device", "wolfssl-device.h",
     "WOLFSSL_ESPIDF FREERTOS WOLFSSL_LWIP STM32_RNG STM32_CRYPTO STM32_HASH WOLFSSL_STM32F4 FREESCALE_MMCAU "
     "WOLFSSL_SP_ASM WOLFSSL_SP_ARM_CORTEX_M_ASM NO_DEV_RANDOM XMALLOC_USER USER_TIME"),
])
def test_what_is_taken_back_changes_no_verdict(
        tmp_path: Path, stack: str, config: str, macros: str) -> None:
    """The same configuration with a board's macros and without them: not one cell differs."""
    family = stack.split("@")[0]
    prefix = "MBEDTLS_" if family == "mbedtls" else ""
    lines = "".join(f"#define {prefix}{m}\n" for m in macros.split())
    plain = (CONFIGS / config).read_text()
    header = tmp_path / config
    # Behind the guard's own #define.
    at = plain.index("\n", plain.index("#define")) + 1
    header.write_text(plain[:at] + lines + plain[at:])
    done = add("--family", family, "--source", source(stack),
               "--config", header)
    assert done.returncode == 0, done.stdout + done.stderr
    taken = str(described()["board_macros_taken_back"]).split(", ")
    assert {prefix + m for m in macros.split()} <= set(taken)
    devices: list[str | Path] = []
    for store in (["amazon-root-ca-1", "amazon-root-ca-3"],
                  ["starfield-class-2"], ["isrg-root-x1", "dst-root-ca-x3"],
                  ["verisign-g5"]):
        device = tmp_path / f"{store[0]}.yaml"
        device.write_text(f"device: {store[0]}\nstack: [{stack}, {NAME}]\n"
                          f"trust_store: [{', '.join(store)}]\n")
        devices += ["--device", device]
    run = chainbreak("run", *devices, "--gate", "none",
                     "--out", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    diff = chainbreak("diff", "--stack", stack, "--stack", NAME,
                      "--results", tmp_path / "out")
    assert diff.returncode == 0, diff.stdout + diff.stderr


def test_a_header_of_the_sdk(tmp_path: Path) -> None:
    """A project's configuration is never guessed: its folder is asked for. What FreeRTOS's part of the library does
    to TLS, no DH, stays; the real FreeRTOS.h comes before an empty one."""
    header = tmp_path / "user_settings.h"
    header.write_text((CONFIGS / "wolfssl-device.h").read_text().replace(
        "#endif\n", '#include "sdkconfig.h"\n#include "esp_err.h"\n'
        "#define WOLFSSL_ESPIDF\n#endif\n"))
    words = ("--family", "wolfssl", "--source", source("wolfssl@5.7-device"),
             "--config", header)
    nothing_left(add(*words), "sdkconfig.h is not here", "user_settings.h:",
                 "--include")
    sdk = tmp_path / "build" / "config"
    sdk.mkdir(parents=True)
    (sdk / "sdkconfig.h").write_text("#define CONFIG_IDF_TARGET_ESP32 1\n")
    done = add(*words, "--include", sdk, CFLAGS_LIBRARY="-O0 -w")
    assert done.returncode == 0, done.stdout + done.stderr
    d = described()
    assert set(str(d["empty_sdk_headers"]).split(", ")) >= {
        "esp_err.h", "FreeRTOS.h"}
    assert "sdkconfig.h" not in str(d["empty_sdk_headers"])
    assert "WOLFSSL_ESPIDF" in str(d["board_macros_taken_back"]).split(", ")
    (sdk / "esp_err.h").write_text("#error the real one\n")
    done = chainbreak("stack", "build", NAME)
    assert done.returncode == 3 and "#error the real one" in done.stdout
    (sdk / "esp_err.h").write_text("#define MAX_CHAIN_DEPTH 2\n")
    again = chainbreak("stack", "build", NAME, CFLAGS_LIBRARY="-O0 -w")
    assert "built in" in again.stdout
    d = described()
    assert "esp_err.h" not in str(d["empty_sdk_headers"])
    assert d["limits"]["certificates"] == 2


@pytest.mark.parametrize("stack,header", [
    ("mbedtls@2.28-4k", "configs/config-ccm-psk-tls1_2.h"),
    ("wolfssl@5.7-device", "examples/configs/user_settings_min_ecc.h"),
])
def test_headers_without_a_client(stack: str, header: str) -> None:
    tree = source(stack)
    nothing_left(add("--family", stack.split("@")[0], "--source", tree,
                     "--config", tree / header),
                 "has no TLS client with certificates")
