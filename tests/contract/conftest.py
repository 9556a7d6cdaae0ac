"""Gives pytest the fixtures of contract.py."""

from contract import features, pki, server, shim  # noqa: F401
