"""What was agreed: pure rules, no await, no clock, no SQL."""
