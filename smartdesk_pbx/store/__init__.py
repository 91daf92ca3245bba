"""The edge "database": one door (`session.Store`), one writer of facts, and plain functions for each noun."""
