"""Runtime library of the generated code: reads requests strictly, routes them and finishes replies.

It knows no contract and imports nothing else of ours. `wire` and `entity_tags` need no web framework.
"""
