"""What every part that answers over HTTP or WebSocket shares: ASGI types, problem bodies, the Origin rule, base view.

`asgi` and `problems` import no framework; `origin`, `parsers` and `rest` are for what runs inside or beside Django.
"""
