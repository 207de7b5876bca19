"""Known vulnerabilities of the locked packages: `python -m tools.audit_deps`."""
