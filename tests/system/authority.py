"""Certificates for tests, made by the openssl program: any subject, dates, extensions, issuer and signature. Keys are made in
the test's own folder. Knows nothing of chainbreak."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

CA = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
      "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid")
LEAF = ("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature,keyEncipherment",
        "extendedKeyUsage=serverAuth", "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid")

CONFIG = """[ca]
default_ca = d
[d]
database = {folder}/index.txt
new_certs_dir = {folder}/new
rand_serial = yes
policy = p
unique_subject = no
copy_extensions = none
[p]
countryName = optional
organizationName = optional
commonName = optional
[e]
{extensions}
"""


def openssl(*arguments: object) -> bytes:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@dataclass
class Certificate:
    pem: str
    key: Path
    path: Path


@dataclass
class Authority:
    """Makes certificates in `folder`. Times are YYYYMMDDHHMMSSZ."""

    folder: Path
    made: int = field(default=0)

    def key(self, kind: str = "ec") -> Path:
        self.made += 1
        path = self.folder / f"{self.made}.key"
        how = (("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256") if kind == "ec"
               else ("-algorithm", "ED25519") if kind == "ed25519"
               else ("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{kind.removeprefix('rsa-')}"))
        openssl("genpkey", *how, "-out", path)
        return path

    def issue(self, name: str, issuer: Certificate | None = None, *, ca: bool = False, names: str | None = None,
              start: str = "20260101000000Z", end: str = "20270101000000Z", kind: str = "ec",
              key: Path | None = None, extra: tuple[str, ...] = (), instead: tuple[str, ...] | None = None,
              sign: tuple[str, ...] = (), organization: str = "/O=Example Devices") -> Certificate:
        """A certificate for `CN=name`; without an issuer it signs itself. `instead` replaces all extensions."""
        key = key or self.key(kind)
        self.made += 1
        base = self.folder / f"{self.made}"
        extensions = list(instead if instead is not None else CA if ca else LEAF) + list(extra)
        if names and instead is None:
            extensions.append(f"subjectAltName={names}")
        config = base.with_suffix(".cnf")
        config.write_text(CONFIG.format(folder=self.folder, extensions="\n".join(extensions)))
        (self.folder / "new").mkdir(exist_ok=True)
        (self.folder / "index.txt").write_text("")
        openssl("req", "-new", "-key", key, "-subj", f"{organization}/CN={name}", "-out", base.with_suffix(".csr"))
        by = (("-cert", issuer.path, "-keyfile", issuer.key) if issuer else ("-selfsign", "-keyfile", key))
        digest = () if kind == "ed25519" and not issuer else ("-md", "sha256")
        openssl("ca", "-batch", "-notext", "-config", config, "-extensions", "e", "-in", base.with_suffix(".csr"), *by,
                "-startdate", start, "-enddate", end, "-out", base.with_suffix(".pem"), *digest, *sign)
        path = base.with_suffix(".pem")
        return Certificate(path.read_text(), key, path)

    def write(self, name: str, *certificates: Certificate) -> Path:
        path = self.folder / name
        path.write_text("".join(c.pem for c in certificates))
        return path
