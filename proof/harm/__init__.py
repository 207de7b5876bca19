"""What does harm: senders that die where they are told to, full disks, clocks that jump."""
