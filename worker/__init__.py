"""The process: from a file in the drop folder to a row in the database."""
