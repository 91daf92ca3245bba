"""A month of a bureau in skipped time: invented subscribers and callers meet the real reception, desk, store and
office; then the month is closed, billed and paid."""
