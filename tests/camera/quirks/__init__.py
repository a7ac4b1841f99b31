"""Small cameras with one quirk each, as public reports tell of them, played to real decoders."""
