"""Gives pytest the fixtures of contract.py."""

from contract import described, features, pki, server, shim  # noqa: F401
