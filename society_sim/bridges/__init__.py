"""To and from other people's frameworks: mesa-llm's strategies on members, Inspect's logs out of records."""
