"""Calendar arithmetic, the way the language reads it.

A month or a year later is the same day of the month, or that month's last day.
"""

from calendar import monthrange
from datetime import date, timedelta


def shift(day: date, count: int, unit: str) -> date:
    """The day `count` days, months or years later (earlier, where it is negative). Days outside
    the calendar's years 1 to 9999 become its first or last day."""
    try:
        if unit == "days":
            return day + timedelta(days=count)
        months = day.year * 12 + day.month - 1 + (count if unit == "months" else 12 * count)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return date.max if count > 0 else date.min


def completed(first: date, last: date, unit: str) -> int:
    """The days, months or years completed from one day to another; below zero where the second
    is earlier."""
    if unit == "days":
        return (last - first).days
    if last < first:
        return -1
    months = (last.year - first.year) * 12 + last.month - first.month
    if shift(first, months, "months") > last:
        months -= 1
    return months if unit == "months" else months // 12
