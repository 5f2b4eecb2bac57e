"""Capability `sitemap`: the addresses of public pages, in parts, for search engines."""
