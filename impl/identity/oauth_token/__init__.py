"""Feature `oauth_token`: the token endpoints of RFC 6749 and RFC 7009."""
