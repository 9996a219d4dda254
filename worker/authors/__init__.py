"""What authors are told: receipts, check, new."""
