"""What every model behind a network shares: one loop, one gate per endpoint, one retry layer, one account."""
