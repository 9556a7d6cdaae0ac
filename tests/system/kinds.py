"""What can be wrong with a chain, as data: a row changes one thing of a sound chain of leaf, intermediate and root."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from forge import (ALGORITHMS, FALSE, NULL, TRUE, alternative, basic, constraints, dns, extension, moment, name, oid, purposes,
                   seq, tlv, usage)

HOST = "mqtt.example.com"
NOW = "2026-06-15T00:00:00Z"
START, END = moment("260101000000Z"), moment("270101000000Z")
PAST, FUTURE = moment("260301000000Z"), moment("260901000000Z")
CA: dict[str, Any] = {"start": START, "end": moment("360101000000Z"), "bc": basic(True), "ku": usage("keyCertSign", "cRLSign")}
LEAF: dict[str, Any] = {"start": START, "end": END, "bc": basic(False), "ku": usage("digitalSignature", "keyEncipherment"),
                        "eku": purposes("server"), "san": alternative(*dns(HOST))}
# By letter: leaf, intermediate, root; another intermediate below M; strangers: a root, a CA below it; the root's key, signed by X.
ROLES: dict[str, dict[str, Any]] = {
    "L": {**LEAF, "subject": name(HOST), "key": "ec-leaf"},
    "M": {**CA, "subject": name("Example Issuing 1"), "key": "ec-mid"},
    "R": {**CA, "subject": name("Example Root 1"), "key": "ec-root"},
    "N": {**CA, "subject": name("Example Issuing 2"), "key": "ec-low"},
    "X": {**CA, "subject": name("Stranger Root"), "key": "ec-stranger"},
    "Y": {**CA, "subject": name("Stranger Issuing"), "key": "ec-strange"},
    "C": {**CA, "subject": name("Example Root 1"), "key": "ec-root"},
    "D": {**CA, "subject": name("Stranger Root"), "key": "ec-stranger"},
}
ISSUERS = {"L": "M", "M": "R", "R": "R", "N": "M", "X": "X", "Y": "X", "C": "X", "D": "R"}


@dataclass
class Kind:
    """`reasons`: what a stack that refuses may give; one in parentheses is the library's word for something else, and the
    record must say so. None: all connect. `all`: all refuse. `change`, `issuers`: by letter."""

    name: str
    reasons: str = ""
    change: dict[str, dict[str, Any]] = field(default_factory=dict)
    chain: str = "LM"
    store: str = "R"
    host: str = HOST
    issuers: dict[str, str] = field(default_factory=dict)
    all: bool = False


def leaf(title: str, reasons: str, all: bool = False, host: str = HOST, **change: Any) -> Kind:
    return Kind(f"leaf-{title}", reasons, {"L": change}, all=all, host=host)


def mid(title: str, reasons: str, all: bool = False, **change: Any) -> Kind:
    return Kind(f"mid-{title}", reasons, {"M": change}, all=all)


def root(title: str, reasons: str, all: bool = False, **change: Any) -> Kind:
    return Kind(f"root-{title}", reasons, {"R": change}, all=all)


def named(title: str, reasons: str, *names: bytes, host: str = HOST, all: bool = False, **change: Any) -> Kind:
    return Kind(f"name-{title}", reasons, {"L": {"san": alternative(*names), **change}}, host=host, all=all)


def bound(title: str, reasons: str, all: bool = False, at: str = "M", more: bytes = b"", critical: bytes = TRUE, san: Any = None,
          **trees: Any) -> Kind:
    change: dict[str, dict[str, Any]] = {at: {"nc": constraints(more=more, critical=critical, **trees)}}
    if san:
        change["L"] = {"san": alternative(*san)}
    return Kind(f"constraints-{title}", reasons, change, all=all)


def rsa(title: str, reasons: str = "", **change: Any) -> Kind:
    """All of RSA 2048, but for what `change` says of L, M, R."""
    keys = {"L": "rsa2048-leaf", "M": "rsa2048-mid", "R": "rsa2048-root"}
    return Kind(f"rsa-{title}", reasons, {k: {"key": keys[k], **change.get(k, {})} for k in keys})


def flip(signature: bytes) -> bytes:
    """Another good encoding; not the signature any more."""
    return signature[:-1] + bytes([signature[-1] ^ 1])


TREE = dns("example.com")[0]
OTHER = dns("other.example")[0]
DIRECTORY = tlv(0xa4, seq(tlv(0x31, seq(oid("2.5.4.10"), tlv(12, b"Example Devices")))))
STRANGE = tlv(0xa4, seq(tlv(0x31, seq(oid("2.5.4.10"), tlv(12, b"Somebody Else")))))
ADDRESS = tlv(0x87, bytes([192, 0, 2, 7]))
NET, AWAY = tlv(0x87, bytes([192, 0, 2, 0, 255, 255, 255, 0])), tlv(0x87, bytes([198, 51, 100, 0, 255, 255, 255, 0]))
UNKNOWN = extension("unknown", NULL, TRUE)
POLICY = extension("policies", seq(seq(oid("1.3.6.1.4.1.99999.7"))))
EXPLICIT = extension("policy-constraints", seq(tlv(0x80, b"\0")), TRUE)
ANY_POLICY = extension("policies", seq(seq(oid("2.5.29.32.0"))))

CERT, USAGE, NAMES, SIGNED = "bad-ca", "key-usage", "name-mismatch", "bad-chain-signature"
TIME, CONSTRAINED, UNKNOWN_CA = "expired", "name-constraints", "unknown-ca"
PARSE = "certificate-parse-error"
CRITICAL = "unsupported-critical-extension"

KINDS = [
    Kind("good"),
    rsa("good"),
    # basicConstraints, key usage, purpose: the leaf
    leaf("is-a-ca", "", bc=basic(True), ku=usage("digitalSignature", "keyCertSign")),
    leaf("is-a-ca-without-usage", "", bc=basic(True), ku=b""),
    leaf("no-basic-constraints", "", bc=b""),
    leaf("path-length-without-ca", PARSE, bc=basic(False, 0)),
    leaf("no-key-usage", "", ku=b""),
    leaf("usage-cert-sign-only", "key-usage", ku=usage("keyCertSign")),
    leaf("usage-encipherment-only", "key-usage", ku=usage("keyEncipherment")),
    leaf("usage-agreement-only", "key-usage", ku=usage("keyAgreement")),
    leaf("usage-empty", "key-usage certificate-parse-error", ku=usage()),
    leaf("purpose-client", USAGE, eku=purposes("client")),
    leaf("purpose-client-critical", "key-usage unsupported-critical-extension", eku=purposes("client", critical=TRUE)),
    leaf("purpose-any", USAGE, eku=purposes("any")),
    leaf("purpose-critical", CRITICAL, eku=purposes("server", critical=TRUE)),
    leaf("purpose-empty", "key-usage certificate-parse-error", eku=purposes()),
    leaf("purpose-absent", "", eku=b""),
    leaf("purpose-unknown", USAGE, eku=extension("eku", seq(oid("1.3.6.1.4.1.99999.3")))),
    leaf("purpose-code", USAGE, eku=purposes("code")),
    # ... the intermediate
    mid("not-a-ca", CERT, bc=basic(False)),
    mid("no-basic-constraints", CERT, bc=b""),
    mid("no-basic-constraints-nor-usage", CERT, bc=b"", ku=b""),
    mid("version-1", CERT, version=1, bare=True),
    mid("version-1-with-extensions", "certificate-parse-error bad-ca", version=1),
    mid("basic-constraints-not-critical", "", bc=basic(True, critical=b"")),
    mid("basic-constraints-false-critical", "", bc=basic(True, critical=FALSE)),
    mid("path-length-negative", PARSE, bc=basic(True, 0xff)),
    mid("no-cert-sign", CERT, ku=usage("digitalSignature", "cRLSign")),
    mid("usage-empty", "bad-ca certificate-parse-error", ku=usage()),
    mid("no-key-usage", CERT, ku=b""),
    mid("purpose-client", USAGE, eku=purposes("client")),
    mid("purpose-any", USAGE, eku=purposes("any")),
    mid("purpose-server", "", eku=purposes("server")),
    mid("purpose-empty", "key-usage certificate-parse-error", eku=purposes()),
    Kind("path-length-exceeded", CERT, {"M": {"bc": basic(True, 0)}}, chain="LNM", issuers={"L": "N"}),
    Kind("path-length-reached", "", {"M": {"bc": basic(True, 1)}}, chain="LNM", issuers={"L": "N"}),
    Kind("path-length-of-the-root", CERT, {"R": {"bc": basic(True, 0)}}, chain="LNM", issuers={"L": "N"}),
    Kind("path-length-of-the-sent-root", "bad-ca chain-too-long", {"R": {"bc": basic(True, 0)}}, chain="LNMR", issuers={"L": "N"}),
    Kind("leaf-signs-a-leaf", CERT, {"N": {**LEAF, "subject": name("Middle Leaf")}}, chain="LNM", issuers={"L": "N"}),
    Kind("two-faults", "bad-ca key-usage (unknown-ca)", {"M": {"bc": basic(False)}, "L": {"eku": purposes("client")}}, all=True),
    mid("not-a-ca-and-expired", "bad-ca expired (unknown-ca)", bc=basic(False), end=PAST, all=True),
    Kind("stranger-and-not-a-ca", "bad-ca (unknown-ca)", {"M": {"bc": basic(False)}}, chain="LXM", all=True),
    # ... the root
    root("not-a-ca", "bad-ca trust-store-error", bc=basic(False)),
    root("no-basic-constraints", "bad-ca trust-store-error", bc=b""),
    root("version-1", "bad-ca trust-store-error", version=1, bare=True),
    root("no-cert-sign", "bad-ca trust-store-error", ku=usage("cRLSign")),
    root("usage-empty", "bad-ca trust-store-error", ku=usage()),
    root("purpose-client", USAGE, eku=purposes("client")),
    # names
    bound("permitted", CONSTRAINED + " " + CRITICAL, permitted=(TREE,)),
    bound("permitted-not-critical", CONSTRAINED, permitted=(TREE,), critical=b""),
    bound("excluded", CONSTRAINED + " " + CRITICAL, excluded=(TREE,)),
    bound("excluded-not-critical", CONSTRAINED, excluded=(TREE,), critical=b""),
    bound("not-permitted", CONSTRAINED + " " + CRITICAL, permitted=(OTHER,)),
    bound("not-permitted-not-critical", CONSTRAINED, permitted=(OTHER,), critical=b""),
    bound("of-the-root-excluded", "name-constraints trust-store-error", at="R", excluded=(TREE,)),
    bound("of-the-root-permitted", "name-constraints trust-store-error", at="R", permitted=(TREE,)),
    bound("address-permitted", CONSTRAINED + " " + CRITICAL, permitted=(NET,), san=(*dns(HOST), ADDRESS)),
    bound("address-not-permitted", CONSTRAINED + " " + CRITICAL, permitted=(AWAY,), san=(*dns(HOST), ADDRESS)),
    bound("address-excluded", CONSTRAINED + " " + CRITICAL, excluded=(NET,), san=(*dns(HOST), ADDRESS)),
    bound("directory-permitted", CONSTRAINED + " " + CRITICAL, permitted=(DIRECTORY,)),
    bound("directory-not-permitted", CONSTRAINED + " " + CRITICAL, permitted=(STRANGE,)),
    bound("directory-excluded", CONSTRAINED + " " + CRITICAL, excluded=(DIRECTORY,)),
    bound("address-malformed", CONSTRAINED + " " + CRITICAL, permitted=(tlv(0x87, b"\1\2\3"),),
          san=(*dns(HOST), ADDRESS)),
    bound("minimum", CONSTRAINED + " " + CRITICAL, permitted=(TREE,), more=tlv(0x80, b"\1")),
    bound("email", CRITICAL, permitted=(tlv(0x81, b"example.com"),)),
    Kind("constraints-of-the-leaf", "name-constraints unsupported-critical-extension",
         {"L": {"nc": constraints(permitted=(TREE,))}}),
    Kind("constraints-empty", CRITICAL, {"M": {"nc": constraints()}}),
    # extensions
    leaf("unknown-critical", CRITICAL, unknown=UNKNOWN),
    mid("unknown-critical", CRITICAL, unknown=UNKNOWN),
    root("unknown-critical", CRITICAL + " trust-store-error", unknown=UNKNOWN),
    Kind("root-unknown-critical-not-by-key-id", CRITICAL + " trust-store-error (unknown-ca)", {
        "R": {"unknown": UNKNOWN}, "L": {"aki": extension("aki", seq(tlv(0x80, b"\1" * 20)))}}),
    leaf("unknown", "", unknown=extension("unknown", NULL)),
    leaf("crl-number-critical", CRITICAL, more=extension("crl-number", b"\2\1\1", TRUE)),
    leaf("crl-number", "", more=extension("crl-number", b"\2\1\1")),
    leaf("delta-crl-critical", CRITICAL, more=extension("delta", b"\2\1\1", TRUE)),
    leaf("must-staple", "ocsp-required", tls=extension("tls", seq(b"\2\1\5"))),
    leaf("must-staple-critical", "ocsp-required unsupported-critical-extension", tls=extension("tls", seq(b"\2\1\5"), TRUE)),
    leaf("san-malformed", PARSE, san=extension("san", b"\x30\x05\x82\x09ab")),
    leaf("san-malformed-critical", PARSE, san=extension("san", b"\x30\x05\x82\x09ab", TRUE)),
    leaf("purpose-malformed", PARSE, eku=extension("eku", b"\x30\x03\x06\x09\x2a")),
    leaf("usage-malformed", PARSE, ku=extension("ku", NULL, TRUE)),
    mid("basic-constraints-malformed", "certificate-parse-error bad-ca", bc=extension("bc", b"\x30\x05\x01", TRUE)),
    mid("basic-constraints-empty-octets", "certificate-parse-error bad-ca", bc=extension("bc", b"", TRUE)),
    mid("constraints-malformed", "certificate-parse-error name-constraints", nc=extension("nc", b"\x30\x05\xa0", TRUE)),
    mid("usage-malformed", PARSE, ku=extension("ku", NULL, TRUE)),
    mid("purpose-malformed", PARSE, eku=extension("eku", b"\x30\x03\x06\x09\x2a")),
    leaf("extension-twice", PARSE, more=purposes("server")),
    leaf("san-twice", PARSE, more=alternative(*dns(HOST))),
    mid("extension-twice", PARSE, more=basic(True)),
    leaf("unknown-twice", PARSE, unknown=extension("unknown", NULL), more=extension("unknown", NULL)),
    leaf("aki-malformed", PARSE, aki=extension("aki", b"\x30\x09\x80")),
    leaf("policies-malformed", PARSE, policies=extension("policies", b"\x30\x09\x80")),
    # dates
    leaf("expired", TIME, end=PAST, all=True),
    leaf("not-yet", "not-yet-valid", start=FUTURE, all=True),
    mid("expired", "expired (unknown-ca)", end=PAST),
    mid("not-yet", "not-yet-valid (unknown-ca)", start=FUTURE),
    root("expired", "expired trust-store-error", end=PAST),
    root("not-yet", "not-yet-valid trust-store-error", start=FUTURE),
    leaf("generalized-time", "", start=moment("20260101000000Z", 24), end=moment("20270101000000Z", 24)),
    leaf("generalized-time-2050", "", end=moment("20500101000000Z", 24)),
    leaf("time-with-fractions", "certificate-parse-error expired", end=moment("20270101000000.5Z", 24)),
    leaf("time-without-seconds", "certificate-parse-error expired", end=moment("2701010000Z")),
    leaf("time-with-offset", "certificate-parse-error expired", end=moment("270101000000+0100")),
    leaf("time-without-zone", "certificate-parse-error expired", end=moment("270101000000")),
    leaf("time-of-month-13", PARSE, end=moment("271301000000Z")),
    mid("time-without-zone", "certificate-parse-error expired", end=moment("270101000000")),
    leaf("dates-reversed", "expired not-yet-valid", start=END, end=START),
    leaf("no-end", "", end=moment("99991231235959Z", 24)),
    # key identifiers, serial numbers, versions
    leaf("aki-absent", "", aki=b""),
    leaf("aki-of-another", "(unknown-ca)", aki=extension("aki", seq(tlv(0x80, b"\1" * 20)))),
    leaf("aki-with-another-serial", "(unknown-ca)", aki=extension("aki", seq(tlv(0xa1, tlv(0xa4, name("Nobody"))), tlv(0x82, b"\7")))),
    leaf("aki-critical", CRITICAL + " (unknown-ca)", **{"aki-critical": TRUE}),
    mid("ski-absent", "(unknown-ca)", ski=b""),
    leaf("serial-0", PARSE, serial=b"\2\1\0"),
    root("serial-0", "trust-store-error", serial=b"\2\1\0"),
    leaf("serial-negative", "", serial=b"\2\1\x85"),
    leaf("serial-21", "", serial=tlv(2, b"\x41" * 21)),
    leaf("serial-33", PARSE, serial=tlv(2, b"\x41" * 33)),
    leaf("version-1", "", version=1, bare=True),
    leaf("version-1-with-extensions", PARSE, version=1),
    leaf("version-2-with-extensions", PARSE, version=2),
    leaf("version-4", PARSE, version=4),
    # the name that is asked for
    leaf("san-absent", "", san=b""),
    named("another", NAMES, *dns("other.example.com"), all=True),
    named("empty-san", NAMES + " certificate-parse-error"),
    leaf("san-critical", "", san=alternative(*dns(HOST), critical=TRUE)),
    named("wildcard", "", *dns("*.example.com")),
    named("wildcard-top", NAMES, *dns("*.com"), host="example.com"),
    named("wildcard-too-high", NAMES, *dns("*.com")),
    named("wildcard-part", NAMES, *dns("m*.example.com")),
    named("wildcard-part-end", NAMES, *dns("*t.example.com")),
    named("wildcard-twice", NAMES, *dns("*.*.com")),
    named("wildcard-in-the-middle", NAMES, *dns("mqtt.*.com")),
    named("wildcard-alone", NAMES, *dns("*")),
    named("wildcard-itself", NAMES, *dns("*.mqtt.example.com")),
    named("upper-case", "", *dns("MQTT.EXAMPLE.COM")),
    named("trailing-dot", NAMES, *dns("mqtt.example.com.")),
    named("leading-dot", NAMES, *dns(".example.com")),
    named("idn", "", *dns("xn--mller-kva.example.com"), host="xn--mller-kva.example.com"),
    named("idn-wildcard", NAMES, *dns("xn--*.example.com"), host="xn--mller-kva.example.com"),
    named("latin-1", NAMES, *dns("m\xfcller.example.com"), host="xn--mller-kva.example.com"),
    named("nul", NAMES + " certificate-parse-error", *dns("mqtt.example.com\0.evil.example")),
    named("email-only", NAMES, tlv(0x81, b"ops@example.com")),
    named("uri-only", NAMES, tlv(0x86, b"https://mqtt.example.com")),
    named("address", NAMES, ADDRESS, host="192.0.2.7"),
    named("address-as-dns", NAMES, *dns("192.0.2.7"), host="192.0.2.7"),
    named("address-of-5-bytes", NAMES + " certificate-parse-error", tlv(0x87, b"\xc0\0\2\7\7"), host="192.0.2.7"),
    named("other-name", NAMES + " certificate-parse-error", tlv(0xa0, oid("1.3.6.1.4.1.311.20.2.3"), tlv(0xa0, tlv(12, b"x")))),
    Kind("name-subject-empty", "", {"L": {"subject": seq(), "san": alternative(*dns(HOST), critical=TRUE)}}),
    Kind("name-cn-nul", NAMES, {"L": {"subject": name(HOST + "\0.evil.example"), "san": b""}}),
    # signatures and keys
    leaf("signature-flipped", SIGNED, all=True, damage=flip),
    mid("signature-flipped", SIGNED, all=True, damage=flip),
    root("signature-flipped", "", damage=flip),
    leaf("algorithms-differ", "bad-chain-signature certificate-parse-error", outer=ALGORITHMS["sha384-ec"], all=True),
    leaf("wrong-key", SIGNED, signer="ec-nobody", all=True),
    leaf("wrong-issuer-name", "unknown-ca", issuer=name("Nobody")),
    mid("wrong-issuer-name", "unknown-ca", issuer=name("Nobody")),
    leaf("sha1-ec", "bad-signature-algorithm", algorithm="sha1-ec"),
    mid("sha1-ec", "bad-signature-algorithm", algorithm="sha1-ec"),
    leaf("key-p-521", "certificate-parse-error suite-mismatch", key="P-521-leaf"),
    leaf("key-p-384", "suite-mismatch", key="P-384-leaf"),
    leaf("key-p-224", "suite-mismatch", key="P-224-leaf"),
    Kind("issuer-p-192", "weak-key certificate-parse-error", {"M": {"key": "P-192-mid"}}),
    Kind("issuer-p-224", "weak-key certificate-parse-error", {"M": {"key": "P-224-mid"}}),
    Kind("issuer-p-521", PARSE, {"M": {"key": "P-521-mid"}}),
    Kind("issuer-ed25519", "bad-signature-algorithm certificate-parse-error (unknown-ca)", {"M": {"key": "ed25519-mid"}}),
    rsa("sha1", "bad-signature-algorithm", L={"algorithm": "sha1-rsa"}),
    rsa("md5", "bad-signature-algorithm", L={"algorithm": "md5-rsa"}),
    rsa("pss", "bad-signature-algorithm certificate-parse-error", L={"algorithm": "sha256-pss"}),
    rsa("md5-mid", "bad-signature-algorithm", M={"algorithm": "md5-rsa"}),
    rsa("leaf-1024", "weak-key", L={"key": "rsa1024-leaf"}),
    rsa("leaf-512", "weak-key suite-mismatch", L={"key": "rsa512-leaf"}),
    rsa("mid-1024", "weak-key", M={"key": "rsa1024-mid"}),
    rsa("mid-512", "weak-key", M={"key": "rsa512-mid"}),
    rsa("root-1024", "weak-key", R={"key": "rsa1024-root"}),
    rsa("flipped", SIGNED, L={"damage": flip}),
    rsa("wrong-key", SIGNED, L={"signer": "rsa2048-nobody"}),
    rsa("key-exchange-only", "key-usage", L={"ku": usage("keyEncipherment")}),
    rsa("sign-only", "", L={"ku": usage("digitalSignature")}),
    # what is sent, and what is trusted
    Kind("chain-missing-intermediate", "unknown-ca", chain="L", all=True),
    Kind("chain-unordered", "(unknown-ca)", chain="LMN", issuers={"L": "N"}),
    Kind("chain-twice", "", chain="LMM"),
    Kind("chain-leaf-twice", "(unknown-ca)", chain="LLM"),
    Kind("chain-with-a-stranger", "(unknown-ca)", chain="LMX"),
    Kind("chain-with-a-stranger-between", "(unknown-ca)", chain="LXM"),
    Kind("chain-with-the-root", "", chain="LMR"),
    Kind("chain-root-first", "(unknown-ca)", chain="LRM"),
    Kind("chain-of-strangers", "unknown-ca", chain="LYX", issuers={"L": "Y"}, all=True),
    Kind("chain-of-strangers-without-root", "unknown-ca", chain="LY", issuers={"L": "Y"}, all=True),
    Kind("chain-self-signed", "unknown-ca", chain="L", issuers={"L": "L"}, all=True),
    Kind("chain-self-signed-trusted", "", chain="L", store="L", issuers={"L": "L"}),
    Kind("chain-leaf-trusted", "(unknown-ca)", chain="LM", store="L"),
    Kind("chain-intermediate-trusted", "(unknown-ca)", chain="LM", store="M"),
    Kind("chain-cross-signed", "(unknown-ca)", chain="LMC"),
    Kind("chain-loop", "chain-too-long", chain="LMCD"),
    Kind("chain-loop-without-anchor", "unknown-ca chain-too-long", chain="LMCD", store="Y", all=True),
    Kind("chain-same-name-other-key", "unknown-ca", {"X": {"subject": name("Example Root 1")}},
         store="X", all=True),
    Kind("issuer-as-printable", "(unknown-ca)", {"L": {"issuer": name("Example Issuing 1", 19)}}),
    Kind("issuer-in-other-case", "(unknown-ca)", {"L": {"issuer": name("example ISSUING 1")}}),
    Kind("issuer-with-spaces", "(unknown-ca)", {"L": {"issuer": name("Example  Issuing 1")}}),
    # policies
    mid("explicit-policy", CRITICAL, more=EXPLICIT),
    Kind("policy-explicit-and-met", CRITICAL, {"M": {"more": EXPLICIT + POLICY}, "L": {"more": POLICY}}),
    mid("inhibit-any-policy", CRITICAL, more=extension("inhibit-any", b"\2\1\0", TRUE)),
    mid("policy-mappings-critical", CRITICAL, more=extension(
        "mappings", seq(seq(oid("1.3.6.1.4.1.99999.7"), oid("1.3.6.1.4.1.99999.8"))), TRUE)),
    leaf("policies-critical", CRITICAL, more=extension("policies", seq(seq(oid("1.3.6.1.4.1.99999.7"))), TRUE)),
    leaf("policy-twice", "", more=extension("policies", seq(seq(oid("1.2.3.4")), seq(oid("1.2.3.4"))))),
    Kind("policy-any-inhibited", CRITICAL, {"M": {"more": EXPLICIT + extension("inhibit-any", b"\2\1\0") + ANY_POLICY},
                                            "L": {"more": ANY_POLICY}}),
]
