"""Front matter: splitting, reading YAML, TOML and JSON, checking every value."""
