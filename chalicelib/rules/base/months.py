"""Calendar months: the one place that counts them."""

from datetime import date

from dateutil.relativedelta import relativedelta


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or earlier if negative.

    A month without such a day gives its last day: 31 May less 3 months is 28 February, in leap years the 29th.
    """
    result: date = day + relativedelta(months=months)
    return result
