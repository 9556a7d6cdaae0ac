"""Gives pytest the fixtures of contract.py."""

from contract import _servers_end, described, features, pki, server, shim  # noqa: F401
