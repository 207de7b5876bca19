"""Programs that are a real part of Legion with one bug planted: what the controls run."""
