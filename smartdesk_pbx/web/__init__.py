"""HTTP on loopback: health, metrics and the operations of the office."""
