"""BLAKE2 without `hashlib`, which starts OpenSSL: that takes longer than a small search."""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # a build of Python whose only one is OpenSSL's
    from hashlib import blake2b

__all__ = ["blake2b"]
