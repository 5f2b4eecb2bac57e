# Generated from library.yaml by openapi/codegen. Change that, then `make generate`.
"""The wire, generated from the contract; never edited by hand."""
