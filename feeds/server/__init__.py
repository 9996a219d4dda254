"""The embedded web server: serves the public folder over HTTP.

Owns the ASGI application, caching headers and compression, limits on clients, and the sockets.
Refuses everything but GET, HEAD and OPTIONS, follows no symlink, and writes nothing. A slow or
hostile client must not hold up others (``limits``). Begin at ``run.serve``, then ``app``.
"""
