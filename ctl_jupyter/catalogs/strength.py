"""How hard a password is to guess, on the scale of ``requiredStrength``.

The scale is zxcvbn's (Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security 2016), whose
0 to 4 a product's form means:

0. guessed at once (fewer than 10³ guesses);
1. guessed by somebody who tries on a page (fewer than 10⁶);
2. guessed where nothing slows the guessing down (fewer than 10⁸);
3. safe against guessing offline for a while (fewer than 10¹⁰);
4. safe against guessing offline.
"""

__all__ = ["STRENGTHS", "STRONGEST", "password_strength"]

#: What each strength is called.
STRENGTHS = ("very weak", "weak", "fair", "good", "strong")
STRONGEST = len(STRENGTHS) - 1
#: Characters that are looked at first, and all that are: what is strong already needs no second look, and the time
#: grows with the number of signs that can stand for letters, up to seconds.
LOOKED_AT = (16, 72)


def password_strength(password: str) -> int:
    """Return how hard a password is to guess, from 0 to 4; its first 72 characters count."""
    if not password:
        return 0
    from zxcvbn import zxcvbn

    strength = 0
    for length in LOOKED_AT:
        strength = int(zxcvbn(password[:length])["score"])
        if strength == STRONGEST or length >= len(password):
            break
    return strength
