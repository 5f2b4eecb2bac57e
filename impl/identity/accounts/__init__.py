"""Other people's accounts, as staff see and change them."""
