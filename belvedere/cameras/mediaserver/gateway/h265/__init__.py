"""H.265 as it comes from cameras. Pure; sources: RFC 7798 (RTP payload), ITU-T H.265 §7.3 and annex E."""
