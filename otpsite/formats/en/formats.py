"""How times are written: the same in every country, to the second, and in UTC as the settings say."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j M Y, H:i:s"
