"""What `make bench` runs: Feedmill beside the tools that people would use instead."""
