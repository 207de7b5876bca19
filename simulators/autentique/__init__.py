"""Autentique v2: documents to be signed, signers with hands of their own, and a counter of what is billed."""
