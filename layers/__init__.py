"""The Greenline library: the record, the picture and the rules of a mission."""
