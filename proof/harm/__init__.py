"""What does harm: processes killed and frozen, senders that die where they are told, full disks, clocks that jump."""
