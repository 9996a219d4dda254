"""Words that all other packages speak and none of them owns."""
