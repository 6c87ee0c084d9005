"""What society_sim costs, as ratios within one run: `python -m benchmarks [--quick] [NAME ...]`."""
