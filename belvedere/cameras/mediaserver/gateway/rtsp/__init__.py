"""An RTSP client: codec.py, digest.py and sdp.py are pure, client.py connects."""
