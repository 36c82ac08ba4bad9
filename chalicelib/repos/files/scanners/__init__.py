"""Scanners for malicious content: one port, and an adapter for each (docs/decisions/0080)."""
