"""Mail to people, by SMTP: invitations, new passwords, unlocking. Nothing is read."""
