"""Prices, closed months, invoices."""
