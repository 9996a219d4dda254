"""Touched feeds to files in the public folder, through feeds/."""
