"""The tables that CMS publishes, as downloaded, to Parquet tables that rule files can name."""

from editwright.evaluator.tables.importer import IMPORTERS, import_table
from editwright.evaluator.tables.problems import TableFileError
from editwright.evaluator.tables.report import Report

__all__ = ["IMPORTERS", "Report", "TableFileError", "import_table"]
