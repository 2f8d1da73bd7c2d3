"""The tree of refusals, as tests hold documents against it."""


def subclasses(kind):
    return [kind, *(each for child in kind.__subclasses__() for each in subclasses(child))]
