"""Small pages behind the links of our mails, until the console takes over (docs/adr/0013)."""
