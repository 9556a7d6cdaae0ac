"""Certificates with any defect, written byte by byte; the openssl program makes keys and signatures. What a certificate says
is a dictionary of DER fields that a caller changes one of. Knows nothing of chainbreak."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authority import openssl


def tlv(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def oid(text: str) -> bytes:
    first, second, *rest = (int(n) for n in text.split("."))
    out = bytearray([40 * first + second])
    for n in rest:
        more = [n & 0x7f]
        while n := n >> 7:
            more.append(0x80 | n & 0x7f)
        out += bytes(reversed(more))
    return tlv(6, bytes(out))


NULL, TRUE, FALSE = b"\x05\x00", b"\x01\x01\xff", b"\x01\x01\x00"

# What extensions are called here, and their object identifiers.
EXTENSIONS = {
    "bc": "2.5.29.19", "ku": "2.5.29.15", "eku": "2.5.29.37", "san": "2.5.29.17", "nc": "2.5.29.30", "ski": "2.5.29.14",
    "aki": "2.5.29.35", "crl": "2.5.29.31", "policies": "2.5.29.32", "policy-constraints": "2.5.29.36",
    "inhibit-any": "2.5.29.54", "mappings": "2.5.29.33", "tls": "1.3.6.1.5.5.7.1.24", "unknown": "1.3.6.1.4.1.99999.1",
    "crl-number": "2.5.29.20", "delta": "2.5.29.27", "ns": "2.16.840.1.113730.1.1",
}
USES = ("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign")
PURPOSES = {"server": "1.3.6.1.5.5.7.3.1", "client": "1.3.6.1.5.5.7.3.2", "code": "1.3.6.1.5.5.7.3.3",
            "any": "2.5.29.37.0", "ocsp": "1.3.6.1.5.5.7.3.9"}


def extension(name: str, value: bytes, critical: bytes = b"") -> bytes:
    """`critical`: the bytes of the BOOLEAN, or none."""
    return seq(oid(EXTENSIONS[name]), critical, tlv(4, value))


def basic(ca: bool, path: int | None = None, critical: bytes = TRUE) -> bytes:
    return extension("bc", seq(TRUE if ca else b"", b"" if path is None else tlv(2, bytes([path & 0xff]))), critical)


def usage(*uses: str, critical: bytes = TRUE) -> bytes:
    bits = sum(0x80 >> USES.index(use) for use in uses)
    unused = (bits & -bits).bit_length() - 1 if bits else 0
    return extension("ku", tlv(3, bytes([unused]), bytes([bits]) if bits else b""), critical)


def purposes(*names: str, critical: bytes = b"") -> bytes:
    return extension("eku", seq(*(oid(PURPOSES[n]) for n in names)), critical)


def dns(*names: str) -> list[bytes]:
    return [tlv(0x82, n.encode("latin-1")) for n in names]


def alternative(*names: bytes, critical: bytes = b"") -> bytes:
    return extension("san", seq(*names), critical)


def constraints(permitted: tuple[bytes, ...] = (), excluded: tuple[bytes, ...] = (), critical: bytes = TRUE,
                more: bytes = b"") -> bytes:
    trees = b""
    for tag, bases in ((0xa0, permitted), (0xa1, excluded)):
        trees += tlv(tag, *(seq(base, more) for base in bases)) if bases else b""
    return extension("nc", seq(trees), critical)


def name(common: str | bytes, tag: int = 12, organization: str = "Example Devices") -> bytes:
    value = common if isinstance(common, bytes) else common.encode()
    return seq(*(tlv(0x31, seq(oid(kind), tlv(tag, text))) for kind, text in
                 (("2.5.4.10", organization.encode()), ("2.5.4.3", value)) if text))


def moment(text: str, tag: int = 23) -> bytes:
    """23: UTCTime, 24: GeneralizedTime."""
    return tlv(tag, text.encode())


ALGORITHMS = {
    "sha256-rsa": seq(oid("1.2.840.113549.1.1.11"), NULL), "sha1-rsa": seq(oid("1.2.840.113549.1.1.5"), NULL),
    "sha384-rsa": seq(oid("1.2.840.113549.1.1.12"), NULL), "md5-rsa": seq(oid("1.2.840.113549.1.1.4"), NULL),
    "sha256-ec": seq(oid("1.2.840.10045.4.3.2")), "sha1-ec": seq(oid("1.2.840.10045.4.1")),
    "sha384-ec": seq(oid("1.2.840.10045.4.3.3")), "ed25519": seq(oid("1.3.101.112")),
    "sha256-pss": seq(oid("1.2.840.113549.1.1.10"), seq(
        tlv(0xa0, seq(oid("2.16.840.1.101.3.4.2.1"), NULL)),
        tlv(0xa1, seq(oid("1.2.840.113549.1.1.8"), seq(oid("2.16.840.1.101.3.4.2.1"), NULL))),
        tlv(0xa2, tlv(2, b"\x20")))),
    "unknown": seq(oid("1.3.6.1.4.1.99999.2")),
}


@dataclass
class Key:
    kind: str
    path: Path
    spki: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha1(self.spki).digest()

    def sign(self, algorithm: str, data: bytes) -> bytes:
        scratch = self.path.with_suffix(".tbs")
        scratch.write_bytes(data)
        if algorithm == "ed25519":
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", scratch)
        pss = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32") if "pss" in algorithm else ()
        return openssl("dgst", "-" + algorithm.split("-")[0], "-sign", self.path, *pss, scratch)


@dataclass
class Forge:
    """Makes keys in `folder`, each once by its name: `ec-1`, `rsa2048-leaf`, `P-521-x`, `ed25519-x`."""

    folder: Path
    keys: dict[str, Key] = field(default_factory=dict)
    made: dict[tuple[str, bytes, str], bytes] = field(default_factory=dict)
    serial: int = 0x40000000

    def key(self, label: str) -> Key:
        if label not in self.keys:
            kind = label.rpartition("-")[0]
            path = self.folder / f"{label}.key"
            how = (("RSA", "-pkeyopt", f"rsa_keygen_bits:{kind[3:]}") if kind.startswith("rsa")
                   else ("ED25519",) if kind == "ed25519"
                   else ("EC", "-pkeyopt", f"ec_paramgen_curve:{'P-256' if kind == 'ec' else kind}"))
            openssl("genpkey", "-algorithm", *how, "-out", path)
            self.keys[label] = Key(kind, path, openssl("pkey", "-in", path, "-pubout", "-outform", "DER"))
        return self.keys[label]

    def certificate(self, own: dict[str, Any], issuer: dict[str, Any]) -> bytes:
        """DER, the same for the same words. `own`: `subject`, `key`, `start`, `end`; what it need not say: `version`,
        `bare` (no extensions), `aki-critical`, `serial`, `issuer`, `signer`, `algorithm`, `inner`, `outer`, `spki`, `damage` (of the
        signature), extensions by their name (none: b""), `more` of them. `issuer`: `subject` and `key` of it."""
        words = (repr(sorted(own.items(), key=lambda w: w[0])), issuer["subject"], issuer["key"])
        if words not in self.made:
            self.made[words] = self.make(own, issuer)
        return self.made[words]

    def make(self, own: dict[str, Any], issuer: dict[str, Any]) -> bytes:
        self.serial += 1
        key = self.key(own["key"])
        signer = self.key(own.get("signer", issuer["key"]))
        usual = "sha256-rsa" if signer.kind.startswith("rsa") else "ed25519" if signer.kind == "ed25519" else "sha256-ec"
        algorithm = own.get("algorithm", usual)
        extensions = {
            "ski": extension("ski", tlv(4, key.id)),
            "aki": extension("aki", seq(tlv(0x80, self.key(issuer["key"]).id)), own.get("aki-critical", b"")),
            **{k: v for k, v in own.items() if k in EXTENSIONS}}
        body = b"".join(e for e in extensions.values() if e) + own.get("more", b"")
        version = own.get("version", 3)
        tbs = seq(
            b"" if version == 1 else tlv(0xa0, tlv(2, bytes([version - 1]))),
            own.get("serial", tlv(2, self.serial.to_bytes(4, "big"))), own.get("inner", ALGORITHMS[algorithm]),
            own.get("issuer", issuer["subject"]), seq(own["start"], own["end"]), own["subject"], own.get("spki", key.spki),
            tlv(0xa3, seq(body)) if body and not own.get("bare") else b"")
        signature = own.get("damage", lambda s: s)(signer.sign(algorithm, tbs))
        return seq(tbs, own.get("outer", ALGORITHMS[algorithm]), tlv(3, b"\0", signature))


def pem(*certificates: bytes) -> str:
    lines = []
    for der in certificates:
        text = base64.b64encode(der).decode()
        lines += ["-----BEGIN CERTIFICATE-----", *(text[i:i + 64] for i in range(0, len(text), 64)),
                  "-----END CERTIFICATE-----", ""]
    return "\n".join(lines)
