"""Rehearsals: a telephone without sound in skipped time, for tests and for a simulated month."""
