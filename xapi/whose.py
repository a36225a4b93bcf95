"""Under whose name what another store gives out is kept here: the platform's to which its authority was tied."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from xapi.authorities import Authority
from xapi.items import Item, Json
from xapi.lrs import Sender
from xapi.tables import statement

KEY = "external"  # stands for the credential, which only the external store knows


def seen(items: Iterable[Item]) -> Iterator[tuple[Json, int]]:
    """The authorities of these, each with the moment when its statement was stored."""
    for item in items:
        if (
            item.value is not None
            and item.stored is not None
            and isinstance(item.value.get("authority"), dict)
        ):
            yield item.value["authority"], item.stored


def runs(
    connection: Connection, items: Sequence[Item], trusted: Mapping[str, Authority]
) -> list[tuple[Sender, list[Item]]]:
    """Neighbours of one sender together, so that the order of arrival stays."""
    sources = _sources(connection, items, trusted)
    found: list[tuple[Sender, list[Item]]] = []
    for item in items:
        sender = _sender(item, trusted, sources)
        if sender is None:
            continue
        if found and found[-1][0] == sender:
            found[-1][1].append(item)
        else:
            found.append((sender, [item]))
    return found


def _sources(
    connection: Connection, items: Sequence[Item], trusted: Mapping[str, Authority]
) -> dict[str, str]:
    """The platforms of the statements that are voided here."""
    targets = {item.voids for item in items if item.voids}
    if not targets:
        return {}
    row = statement.c
    held = select(row.id, row.source).where(row.id.in_(targets), row.source.is_not(None))
    found = {one.id: one.source for one in connection.execute(held)}
    for item in items:
        one = trusted.get(item.authority or "")
        if one is not None and one.source is not None and item.value is not None:
            found.setdefault(str(item.value.get("id")).lower(), one.source)
    return found


def _sender(item: Item, trusted: Mapping[str, Authority], sources: Mapping[str, str]) -> Sender | None:
    """Under whose name it is kept; None: it is nobody's evidence. A voiding statement is kept with what it voids."""
    if item.value is None or item.authority is None:
        return None
    one = trusted.get(item.authority)
    source = one.source if one is not None and one.source else sources.get(item.voids or "")
    if source is None:
        return None
    return Sender(KEY, item.value["authority"], source, voids_all=one is not None and one.keeper)
