"""The error of a setting: it belongs to no module that reads settings, for all of them raise it."""


class SettingsError(Exception):
    """A variable that is missing or wrong; names the variable and the fix, never a secret's value."""
