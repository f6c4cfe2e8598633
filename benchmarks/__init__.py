"""How fast the macro is, next to what does the same job: ratios measured in one run, printed, never asserted.

``python -m benchmarks``. Every comparison alternates its sides, so that a machine that slows down for a moment slows
both down, and takes the median of each side. The garbage collector stays on, as it is in Lambda.
"""
