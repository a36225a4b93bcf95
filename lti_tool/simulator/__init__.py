"""A practice LMS with the faces of Moodle and of Open edX, their measured quirks included. Loopback only."""
