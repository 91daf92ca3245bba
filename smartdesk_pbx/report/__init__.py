"""What the subscriber is told: texts, papers, and the outbox that sends them."""
