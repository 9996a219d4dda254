"""What attackers would try, generated anew in each run: ``make attack``."""
