"""What other publishing tools write, in Feedmill's terms."""
