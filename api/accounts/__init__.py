"""Logging in and out, and what people do about their own accounts."""
