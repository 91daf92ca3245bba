"""What is owed: pure arithmetic over judgements, prices and dates."""
