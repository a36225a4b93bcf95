"""Ids of rows as they stand in addresses and forms: a number that no column can hold is no id of ours, and no error of ours."""

from werkzeug.routing import IntegerConverter, Map

_LARGEST = 2**63 - 1


class RowId(IntegerConverter):
    """`<int:…>` in an address; past every column's bound it is not found."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=_LARGEST)


def row_id(text: str) -> int:
    """For `request.args.get(…, type=row_id)`. Raises ValueError for what is no id."""
    found = int(text)
    if not 0 <= found <= _LARGEST:
        raise ValueError("no column holds such a number")
    return found
