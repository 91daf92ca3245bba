"""Retention, legal holds, reconciliation, breaches."""
