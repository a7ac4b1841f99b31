"""MediaMTX as a media server: the gateway pulls cameras and publishes them to it, MediaMTX serves viewers."""
