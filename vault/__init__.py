"""What must be forgettable, and what must never be told: keys, alias map, sealed credentials (design §7)."""
