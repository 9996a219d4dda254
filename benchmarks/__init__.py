"""Benchmarks: Feedmill compared with other tools for the same job (``make bench``)."""
