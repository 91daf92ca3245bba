"""From application to end: what was asked, decided and agreed, and when."""
