"""The running worker: how it is put together, its loop, its signals."""
