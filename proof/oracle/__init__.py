"""What counts from outside of the system under test."""
