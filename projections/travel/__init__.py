"""Time travel: the state of a whole journey at any moment or version, folded from the journal."""
