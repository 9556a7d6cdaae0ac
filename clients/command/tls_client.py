"""One TLS connection with Python's ssl module: a byte there, a byte back. The client of python3.yaml."""

from __future__ import annotations

import argparse
import socket
import ssl
import sys

NO_CHECK_TIME = 0x200000  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME: not named in the ssl module


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser()
    for name in ("host", "port", "name", "trust_store"):
        p.add_argument(name)
    for flag in ("--sni", "--chain-off", "--name-off", "--time-off", "--partial-chain"):
        p.add_argument(flag, action="store_true")
    p.add_argument("--identity", nargs=2)
    for option in ("--alpn", "--min", "--max"):
        p.add_argument(option)
    return p.parse_args()


def context(a: argparse.Namespace) -> ssl.SSLContext:
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.load_verify_locations(a.trust_store)
    # Without server_hostname there is neither SNI nor a check of the name.
    c.check_hostname = a.sni and not (a.name_off or a.chain_off)
    if a.chain_off:
        c.verify_mode = ssl.CERT_NONE
    if a.time_off:
        c.verify_flags = ssl.VerifyFlags(c.verify_flags | NO_CHECK_TIME)
    if a.partial_chain:
        c.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if a.identity:
        c.load_cert_chain(*a.identity)
    if a.alpn:
        c.set_alpn_protocols(a.alpn.split(","))
    c.minimum_version = ssl.TLSVersion[a.min] if a.min else c.minimum_version
    c.maximum_version = ssl.TLSVersion[a.max] if a.max else c.maximum_version
    return c


def main() -> int:
    a = arguments()
    if not (a.sni or a.name_off or a.chain_off):
        print("the name cannot be verified without server_hostname, which sends SNI", file=sys.stderr)
        return 2
    with socket.create_connection((a.host, int(a.port))) as raw:
        with context(a).wrap_socket(raw, server_hostname=a.name if a.sni else None) as tls:
            tls.sendall(b"c")
            return 0 if tls.recv(1) else 3


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ssl.SSLError as error:
        sys.exit(str(error))
