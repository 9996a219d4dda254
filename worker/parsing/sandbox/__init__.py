"""The parser children: processes with limits, their pipes, their messages."""
