"""The number pool, notices, versions of the terms, requests for change."""
