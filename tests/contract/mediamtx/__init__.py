"""MediaMTX for the contract suite: recorded exchanges of a real one, what recorded them and what replays them."""
