"""Sound as it comes from cameras: packets to frames, one clock, AAC to Opus for WebRTC."""
