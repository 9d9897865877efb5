"""Commands of ``greenline`` that have parts of their own."""
