"""Users, their sessions, and who did or looked at what."""
