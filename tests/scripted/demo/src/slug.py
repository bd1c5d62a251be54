"""Turns a title into the last part of an address."""


def slug(title: str) -> str:
    return title.lower().replace(" ", "-")
