"""Who did what to accounts and keys, what failed, who read whose personal data: for auditors, counted where many."""
