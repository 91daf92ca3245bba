"""The desk: human agents, what they are doing, and who gets the next call."""
