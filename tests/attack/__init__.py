"""What attackers would try, new in each run: ``make attack``."""
