"""Meta's Graph API as far as the Conversions API goes: it refuses as Meta does, and shows what it took."""
