"""Making one sound in a worker process: spoken, recorded or synthesised, then shaped, checked and cached by its key."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from smartdesk_pbx.audio.catalogue import ENDINGS
from smartdesk_pbx.audio.texts import Espeak, OpenJTalk
from smartdesk_pbx.errors import EdgeDown, Mistake
from smartdesk_pbx.settings import PACKAGE, Settings, share

SHAPE = 1
"""Raise it when shaping changes: every cached sound is then made again."""
WORKERS = 2
Progress = Callable[[int, int, str], None]
"""How many sounds are made, how many there are, the name of the last one."""


@dataclass(frozen=True)
class Speech:
    """A text to be spoken."""

    text: str
    voice: OpenJTalk | Espeak
    engine: str
    piece: bool = False
    slow: bool = False

    @property
    def key(self) -> str:
        voice = self.voice.model_dump(exclude={"announced_name"})
        return _key("speech", self.text, voice, self.engine, self.piece, self.slow)


@dataclass(frozen=True)
class Recording:
    """A recorded wav file."""

    path: Path
    piece: bool = False

    @property
    def key(self) -> str:
        return _key("recording", hashlib.sha256(self.path.read_bytes()).hexdigest(), self.piece)


@dataclass(frozen=True)
class Tone:
    """A sound of `tones.py`; `hold` is the music."""

    name: str

    @property
    def key(self) -> str:
        from smartdesk_pbx.audio import tones

        return _key("tone", self.name, hashlib.sha256(Path(tones.__file__).read_bytes()).hexdigest())


Source = Speech | Recording | Tone


def _key(*parts: object) -> str:
    return hashlib.sha256(json.dumps([SHAPE, *parts], sort_keys=True).encode()).hexdigest()[:32]


def _untold(done: int, total: int, name: str) -> None:
    """Nobody wants to know."""


def cache_dir(settings: Settings) -> Path:
    """Where made sounds are kept: beside a checkout's state, so that each new HOME finds them, else in HOME."""
    root = share("prompts").parent
    return (root / "var" if root == PACKAGE.parent else settings.home) / "prompt-cache"


def make_all(settings: Settings, sources: Iterable[tuple[str, Source]], progress: Progress = _untold) -> list[Mistake]:
    """Make those not yet in the cache, two at a time. Returns what is wrong with any; the wrong ones are not kept.

    Raises `EdgeDown` when the disk or a worker fails.
    """
    cache = cache_dir(settings)
    todo = {source.key: (name, source) for name, source in sources}
    todo = {key: one for key, one in todo.items() if not is_made(cache, key)}
    if not todo:
        return []
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return _made_by_workers(todo, cache, progress)
    except BrokenProcessPool as died:
        raise EdgeDown("a process that makes prompts died: out of memory?") from died
    except OSError as down:
        raise EdgeDown(f"prompts cannot be made in {cache}: {down}") from down


def _made_by_workers(todo: Mapping[str, tuple[str, Source]], cache: Path, progress: Progress) -> list[Mistake]:
    wrong: list[Mistake] = []
    # spawned, not forked: the daemon that asks for an announced name has threads
    with ProcessPoolExecutor(min(WORKERS, len(todo)), mp_context=get_context("spawn")) as pool:
        running = {pool.submit(make, source, cache / key): name for key, (name, source) in todo.items()}
        for done, future in enumerate(as_completed(running), start=1):
            wrong += [Mistake(f"{running[future]}: {m.where}", m.wrong, m.right) for m in future.result()]
            progress(done, len(todo), running[future])
    return wrong


def is_made(cache: Path, key: str) -> bool:
    """Both forms of the sound are in the cache."""
    return all((cache / f"{key}{ending}").is_file() for ending in ENDINGS)


def install(made: Path, stem: Path) -> None:
    """Copy both forms of a made sound to `STEM.ulaw` and `STEM.sln16`; each is replaced in one step."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    for ending in ENDINGS:
        unfinished = stem.with_name(f".{stem.name}{ending}.{os.getpid()}")
        shutil.copyfile(made.with_name(made.name + ending), unfinished)
        unfinished.replace(stem.with_name(stem.name + ending))


def make(source: Source, stem: Path) -> list[Mistake]:
    """`STEM.ulaw` and `STEM.sln16` from a source; what is wrong with them, and then they are not kept."""
    from smartdesk_pbx.audio import check

    if isinstance(source, Recording):
        found = check.check_recording(source.path)
        if found:
            return found
    _shape(source, stem)
    found = check.check_built(stem, silent=isinstance(source, Tone))
    if found:
        for ending in ENDINGS:
            stem.with_name(stem.name + ending).unlink(missing_ok=True)
    return found


def _shape(source: Source, stem: Path) -> None:
    from smartdesk_pbx.audio import shape, speech, tones

    if isinstance(source, Tone):
        rate = shape.WIDE_RATE
        sound = tones.hold_music(rate) if source.name == "hold" else tones.tone(source.name, rate)
        return shape.write_both(sound, rate, stem)
    if isinstance(source, Recording):
        channels, rate = shape.read_wav(source.path)
        sound = channels[:, 0]
    else:
        sound, rate = speech.speak(source.text, source.voice, slow=source.slow)
    sound = shape.edge(shape.even(shape.trim(sound, rate), rate), rate, piece=source.piece)
    return shape.write_both(sound, rate, stem)
