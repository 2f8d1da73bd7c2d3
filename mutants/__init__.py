"""How much of the code that decides who gets in is held by tests: change it in one place, and see whether one fails.

`make mutants` judges all such changes, `make mutants ARGS="--sample 100 --seed 7"` some. The changes are mutmut's; its
runner is not used, because it leaves out every decorated function: `send`, `verify`, `refresh` and `holder` are such.
Nor is cosmic-ray, which starts Python, Django and the embedded AWS anew for each mutant.

Knows nothing of the site but the names of its modules and of its tests, in `targets`.
"""
