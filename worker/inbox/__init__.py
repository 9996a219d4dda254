"""The drop folder: events, quiet files, safe reading."""
