"""Feed documents as bytes, and the check that reads them back."""
