"""The embedded web server."""
