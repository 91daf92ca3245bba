"""Double entry, payments, dunning, collection."""
