"""H.264 as it comes from cameras. Pure; sources: RFC 6184 (RTP payload), ITU-T H.264 §7.3 and annex E."""
