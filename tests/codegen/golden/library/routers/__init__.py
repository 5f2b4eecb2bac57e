# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""One module for each tag of the contract."""
