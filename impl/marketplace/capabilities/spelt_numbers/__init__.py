"""Words of digits and of small numbers, in English and in German."""
