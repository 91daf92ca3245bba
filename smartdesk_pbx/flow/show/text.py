"""A flow as a tree of lines. Pure."""

from collections.abc import Iterator

from smartdesk_pbx.flow.show.picture import Arrow, Box, Picture, Texts, said, shortened
from smartdesk_pbx.flow.show.traffic import Traffic

WIDTH = 110
BACK = "↩"


def as_text(picture: Picture, texts: Texts, traffic: Traffic | None = None) -> str:
    """From the start on; a node stands where it is reached first, later ways name it only."""
    head = [f"{picture.title} ({', '.join(picture.languages)})", *(f"calendar {one}" for one in picture.calendars)]
    if traffic:
        head.append(summary(traffic))
    return "\n".join([*head, *_Writer(picture, texts, traffic).lines()]) + "\n"


def summary(traffic: Traffic) -> str:
    """How many calls were counted."""
    strange = f", {traffic.strange} more walked another version" if traffic.strange else ""
    gave_up = sum(traffic.gave_up.values())
    return f"{traffic.calls - traffic.strange} calls{strange}; {gave_up} callers gave up on the way"


class _Writer:
    def __init__(self, picture: Picture, texts: Texts, traffic: Traffic | None) -> None:
        self.picture, self.texts, self.traffic = picture, texts, traffic
        self.written: set[str] = set()

    def lines(self) -> Iterator[str]:
        """Without recursion: flows may be a thousand nodes deep."""
        waiting: list[tuple[Arrow | None, str, str, str]] = [(None, self.picture.start, "", "")]
        while waiting:
            arrow, name, lead, indent = waiting.pop()
            box = self.picture.boxes[name]
            yield lead + self._way(arrow) + self._named(arrow, box)
            if name in self.written or (arrow and arrow.back):
                continue
            self.written.add(name)
            yield from (indent + line for line in self._about(box))
            out = self.picture.out[name]
            if len(out) == 1 and not out[0].back:
                waiting.append((out[0], out[0].end, indent, indent))
                continue
            last = len(out) - 1
            for i, one in reversed(list(enumerate(out))):
                branch, below = ("└─ ", "   ") if i == last else ("├─ ", "│  ")
                waiting.append((one, one.end, indent + branch, indent + below))

    def _way(self, arrow: Arrow | None) -> str:
        if arrow is None:
            return ""
        counted = f" ({self.traffic.ways[arrow.start, arrow.end]})" if self.traffic else ""
        label = f"{arrow.label}{counted} ".lstrip() if arrow.label or counted else ""
        return f"{label}{BACK if arrow.back else '→'} "

    def _named(self, arrow: Arrow | None, box: Box) -> str:
        if arrow and arrow.back:
            return box.name
        if box.name in self.written:
            return f"{box.name} (above)"
        notes = f": {'; '.join(box.notes)}" if box.notes else ""
        return f"{box.name} [{box.kind}{notes}]"

    def _about(self, box: Box) -> Iterator[str]:
        if box.says:
            yield "  " + shortened(f"“{said(box, self.texts, self.picture.languages[0])}”", WIDTH)
        if self.traffic and self.traffic.gave_up[box.name]:
            yield f"  {self.traffic.gave_up[box.name]} gave up here"
