"""feedmill.toml to one frozen Config."""
