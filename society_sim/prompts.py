"""From a question to what a backend is sent: the whole prompt, how often it was put, and its seed and key."""

from __future__ import annotations

from hashlib import blake2b, sha256
from typing import TYPE_CHECKING

from society_sim.attending import within
from society_sim.errors import PromptError, SocietyError
from society_sim.promises import Promise, render
from society_sim.streams import seed_of
from society_sim.values import Query

if TYPE_CHECKING:
    from society_sim.forms import Form


class Prompts:
    """Makes the queries of a run with *seed*: seeds and keys come from names alone."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._memo: tuple[str, Form, str, str, bytes] | None = None
        self.most: int | None = None
        """How many characters of a prompt are read; all, if `None`."""

    def rendered(self, promise: Promise) -> tuple[str, bytes]:
        """The whole prompt of *promise*, and its digest. Raises `NotReady`."""
        text = promise.words
        if not isinstance(text, str):
            said, promise.saw = render(text, promise.view)
            if said is None:
                raise PromptError(f"member {promise.member.id} was asked nothing: its prompt function gave None")
            text = said
        return self._whole(self._read(promise, text), promise.form)

    def query(self, promise: Promise, whole: str, digest: bytes, occurrence: int) -> Query:
        """What is sent for *promise*, whose whole prompt was put *occurrence* times before; its words are let go of."""
        member, scope, voice = promise.member, promise.scope, promise.voice
        promise.words, promise.view = "", None  # not needed any more
        seed = seed_of(self._seed, "answer", scope.id, member.id, occurrence)
        item = scope.item if voice.reads_items else None
        key = sha256(b"%b|%b|%b|%d|%d|" % (voice.print, member.system_digest, digest, seed, occurrence))
        if item is not None:
            key.update(item.digest)
        promise.key = key.hexdigest()[:32]
        return Query(member=member.id, occurrence=occurrence, model=voice.variant, system=member.system, text=whole,
                     form=promise.form, seed=seed, max_tokens=voice.max_tokens, temperature=voice.temperature,
                     item=item, key=promise.key)  # fmt: skip

    def _read(self, promise: Promise, text: str) -> str:
        """What of *text* is read; the promise keeps how much is not."""
        if self.most is None or len(text) <= self.most:
            return text
        read = within(text, self.most)
        promise.cut = len(text) - len(read)
        return read

    def _whole(self, text: str, form: Form) -> tuple[str, bytes]:
        """*text* with the form's hint, and its digest; a question to everybody is put together once."""
        memo = self._memo
        if memo is None or memo[0] is not text or memo[1] is not form:
            hint = memo[2] if memo is not None and memo[1] is form else f"\n\n{_closing(form)}"
            whole = text + hint
            digest = blake2b(whole.encode("utf-8", "replace"), digest_size=16).digest()
            memo = self._memo = (text, form, hint, whole, digest)
        return memo[3], memo[4]


def _closing(form: Form) -> str:
    if not hasattr(form, "hint"):
        raise SocietyError(f"{form!r} is no form; a form is, for example, Choice(['yes', 'no']) or Number(0, 10)")
    return form.hint()


def counted(promise: Promise, digest: bytes) -> int:
    """How often this member was asked exactly this before, within the question."""
    place = (promise.member.id, digest)
    counts = promise.scope.counts
    occurrence = counts.get(place, 0)
    counts[place] = occurrence + 1
    return occurrence
