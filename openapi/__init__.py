"""Contract, generator and runtime library of the generated code."""
