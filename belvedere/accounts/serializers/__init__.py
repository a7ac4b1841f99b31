"""The shapes of accounts over REST, a module a noun."""
