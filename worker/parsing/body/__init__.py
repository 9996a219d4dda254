"""Bodies: Markdown, HTML and plain text to safe HTML."""
