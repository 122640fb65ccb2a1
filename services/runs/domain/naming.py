"""Names for runs whose authors gave none: two words and a number that counts."""

from __future__ import annotations

from collections.abc import Callable


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words("""
    amber alpine brave bright brisk calm clear crisp dawn deft eager early fair fleet fresh
    gentle glad golden grand granite high icy keen kind light lively lucid lunar mellow misty
    noble northern polar proud quick quiet rapid rocky rosy serene sharp silent silver snowy
    solar solid spry steady steep stellar stout sunny swift tall tidy true vivid warm western
    wild winter wise
""")
SECOND = _words("""
    anchor arete ascent aspen avalanche basin belay bivouac boulder brook cairn canyon cascade
    cedar chimney cirque cliff col couloir crag crest dome eagle edelweiss face fern firn ford
    gentian glacier gorge gully hawk heath ibex icefall juniper karabiner lake larch ledge
    lynx marmot massif meadow moraine pass peak pine piton plateau range ravine refuge ridge
    river saddle scree serac slope spire spruce summit talus tarn thaw torrent trail traverse
    valley
""")


def display_name(count: int, choose: Callable[[int], int]) -> str:
    """`choose(n)` gives a number below n; `count` is how many runs the project has had."""
    return f"{FIRST[choose(len(FIRST))]}-{SECOND[choose(len(SECOND))]}-{count}"
