"""A made-up BTC desk: what it would publish, as a function of a seed and the time alone."""
