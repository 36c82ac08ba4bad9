"""Titles of persons (职务) that offices return: words, the employer's name, two titles in one (docs/domain.md 4.6)."""

import re

from chalicelib.rules.values import names

DOUBTFUL = ("书记", "法人", "财务", "会计", "出纳", "行政", "翻译")
"""Words in titles that offices have refused."""

LEGAL_FORM = re.compile(r"(?:股份有限|有限责任|有限)?(?:责任)?公司$|集团$|合伙企业.*$|厂$")
"""The end of an enterprise's name that says what kind of company it is."""

EMPLOYER_RUN = 4
"""So many characters in a row of the employer's name are more than a word that titles have as well."""

SEVERAL = re.compile(rf"(?<=[{names.HAN})）])\s*(?:[、，,；;/／|｜&＆+＋]|\s|兼)\s*(?=[{names.HAN}])")
"""What stands between two titles."""


def is_doubtful(title: str) -> bool:
    """Whether the title has a word that offices have refused."""
    return any(word in title for word in DOUBTFUL)


def names_employer(title: str, employer: str) -> bool:
    """Whether the title repeats the name of the employer, or a part of it that is longer than a common word."""
    ours, theirs = names.comparable(title), LEGAL_FORM.sub("", names.comparable(employer))
    if len(theirs) < EMPLOYER_RUN:
        return len(theirs) > 1 and theirs in ours
    runs = (theirs[start : start + EMPLOYER_RUN] for start in range(len(theirs) - EMPLOYER_RUN + 1))
    return any(run in ours for run in runs)


def holds_several(title: str) -> bool:
    """Whether the title names two or more titles, such as 董事长兼总经理."""
    return SEVERAL.search(title) is not None
