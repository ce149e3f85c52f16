"""Made-up 837 files for the tests: segments in the usual notation, and the envelope around them."""

from collections.abc import Iterable

P, I, D = "005010X222A1", "005010X223A2", "005010X224A2"  # noqa: E741

BILLING = ("HL*1**20*1", "NM1*85*2*CLINIC*****XX*1111111112", "REF*EI*123456789")
SUBSCRIBER = ("HL*2*1*22*0", "SBR*P*18*******CI", "NM1*IL*1*QUILL*IMOGEN****MI*M100",
              "DMG*D8*19600229*F")  # fmt: skip
ABOVE = (*BILLING, *SUBSCRIBER)
CLAIM = "CLM*A1*100***11:B:1*Y*A*Y*Y"
LINES = ("LX*1", "SV1*HC:99213*100*UN*1", "DTP*472*D8*20250301")


def transaction(
    *segments: str, number: str = "0001", version: str = P, kind: str = "837"
) -> list[str]:
    """The segments from ST to SE; its count is right."""
    inside = [f"ST*{kind}*{number}*{version}", "BHT*0019*00*1*20250305*1200*CH", *segments]
    return [*inside, f"SE*{len(inside) + 1}*{number}"]


def group(*transactions: Iterable[str], version: str = P) -> list[str]:
    inside = [segment for each in transactions for segment in each]
    start = f"GS*HC*SENDER*RECEIVER*20250305*1200*1*X*{version}"
    return [start, *inside, f"GE*{len(transactions)}*1"]


def interchange(*groups: Iterable[str], control: str = "000000905", isa16: str = ":") -> list[str]:
    isa = (
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
        f"*250305*1200*^*00501*{control}*0*P*{isa16}"
    )
    inside = [segment for each in groups for segment in each]
    return [isa, *inside, f"IEA*{len(groups)}*{control}"]


def written(
    segments: Iterable[str],
    *,
    element: str = "*",
    component: str = ":",
    terminator: str = "~",
    line_end: str = "\n",
) -> str:
    """The segments as a file has them, with these delimiters."""
    table = str.maketrans({"*": element, ":": component})
    return "".join(f"{segment.translate(table)}{terminator}{line_end}" for segment in segments)


def file_of(*segments: str, version: str = P, above: Iterable[str] = ABOVE) -> str:
    """A file with one transaction with these segments behind a subscriber."""
    return written(interchange(group(transaction(*above, *segments, version=version))))
