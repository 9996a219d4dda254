"""Tests of worker/media."""
