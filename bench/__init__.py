"""The benchmarks of `make bench`. Each figure is a ratio or a count; contestants are measured side by side."""
