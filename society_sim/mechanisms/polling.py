"""What votes have in common: who votes, with what weight, on what form, and when a count decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, TypeAlias

from society_sim.errors import UNREADABLE, ScenarioError, nearest
from society_sim.forms import Approval, Confident, Fields, Form, Ranking, Scores, Stated, Text
from society_sim.mechanisms.lots import lot_of
from society_sim.member import View
from society_sim.rules.ballots import Ballots, Ratings, Tally
from society_sim.rules.rulebook import RULEBOOK, Rule
from society_sim.rules.sortition import sortition
from society_sim.rules.thresholds import enough, quorate
from society_sim.rules.weights import log_odds
from society_sim.society import Doing, Society
from society_sim.streams import seed_of, uniforms
from society_sim.values import Question

Ties: TypeAlias = Literal["lot", "alphabetical", "first", "none"]
Invalid: TypeAlias = Literal["abstains", "present", "again"]
Abstentions: TypeAlias = Literal["left_out", "against"]
_AGAIN = "Your last ballot could not be read. Vote once more, in the form that is asked for."
CONFIDENCE = "confidence"
"""The weights of votes that are stated with them."""
_DIGITS = 9  # of sums of weights, in the record


@dataclass(frozen=True, slots=True)
class Cast:
    """The ballots of a question. *valid*: seat -> value; *invalid* and *silent*: the seats of the others."""

    valid: Mapping[int, Any]
    invalid: tuple[int, ...] = ()
    silent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By which terms ballots become a decision; `mechanisms.vote` says what each one does."""

    mechanism: str
    rule: str = "plurality"
    ties: Ties = "lot"
    quorum: float = 0.0
    majority: float = 0.0
    abstentions: Abstentions = "left_out"
    invalid: Invalid = "abstains"
    weights: str = "equal"
    partial: bool = False
    low: float = 0.0
    high: float = 10.0
    credit: float = 100.0
    part: Rule = field(init=False)

    def __post_init__(self) -> None:
        if self.rule not in RULEBOOK:
            raise self.error(f"no rule {self.rule!r}; {nearest(self.rule, RULEBOOK)}")
        object.__setattr__(self, "part", RULEBOOK[self.rule])
        if self.majority and not self.part.backed:
            backed = ", ".join(name for name, rule in RULEBOOK.items() if rule.backed)
            raise self.error(f"majority is {self.majority:g}, but {self.rule} counts no votes that a majority could be "
                             f"a share of; these do: {backed}")  # fmt: skip
        if self.weights == "log_odds" and (not self.part.signed or self.majority):
            raise self.error(f"weights log_odds may be negative, which makes no sense with {self.rule}"
                             f"{' and a majority' if self.majority else ''}")  # fmt: skip
        if not self.low < self.high:
            raise self.error(f"low is {self.low:g} and high is {self.high:g}; high must be the larger")

    def error(self, message: str) -> ScenarioError:
        """An error of the mechanism."""
        return ScenarioError(f"mechanism {self.mechanism!r}: {message}")

    def form(self, question: Question) -> Form:
        """What is asked of a voter. A choice is asked for as `plurality` asks for it."""
        options = question.options
        asks, root = self.part.asks, self.credit**0.5
        if asks == "choice" and (options or isinstance(question.form, Text)):
            return question.form
        if not options:
            raise self.error(f"question {question.id!r} has no options to vote on; median_vote settles numbers, and "
                             "the rules plurality and unanimity free answers")  # fmt: skip
        try:
            forms: dict[str, Form] = {
                "ranking": Ranking(options, self.partial), "approved": Approval(options),
                "scores": Scores(options, self.low, self.high), "votes": Scores(options, -root, root, self.credit),
            }  # fmt: skip
        except ValueError as error:
            raise self.error(f"question {question.id!r}: {error}") from error
        form: Any = Fields({asks: forms[asks]})
        return form  # type: ignore[no-any-return]

    def confident(self, question: Question) -> Confident:
        """The form of a choice and how sure the voter is of it."""
        if self.part.asks != "choice":
            raise self.error(f"weights {CONFIDENCE} is how sure one is of a choice, and {self.rule} asks for more")
        return Confident(self.form(question))

    def order(
        self, society: Society, question: Question, options: Sequence[str], *names: str | int
    ) -> Sequence[str] | None:
        """The order of preference among *options* that settles ties; *names* tell counts of a question apart."""
        lot = lot_of(society, question, *names)
        match self.ties:
            case "lot":
                return sorted(options, key=lambda option: uniforms(lot, "order", option)[0])
            case "alphabetical":
                return sorted(options)
            case "first":
                return options
            case _:
                return None

    def tally(self, values: Sequence[Any], options: Sequence[str], weights: Sequence[float], order: Any) -> Tally:
        """The count of *values*, each as the form reads it (without the field's name)."""
        asks, how = self.part.asks, list(weights)
        ballots: Ballots | Ratings
        if asks == "choice":
            ballots = Ballots.choices(values, options, how)
        elif asks == "ranking":
            ballots = Ballots.of(values, options, how)
        elif asks == "approved":
            ballots = Ratings.approvals(values, options, how)
        else:
            ballots = Ratings.of(values, options, how)
        return self.part.count(ballots, order)

    def decided(
        self, society: Society, question: Question, cast: Cast, weights: Mapping[int, float], *names: str | int
    ) -> tuple[str | None, dict[str, Any]]:
        """The decision on *cast*, or `None`, and the facts of the count."""
        electorate = len(cast.valid) + len(cast.invalid) + len(cast.silent)
        facts: dict[str, Any] = {"rule": self.rule, "electorate": electorate, "counted": len(cast.valid),
                                 "invalid": len(cast.invalid), "abstained": len(cast.silent)}  # fmt: skip
        present = len(cast.valid) + (len(cast.invalid) if self.invalid == "present" else 0)
        if not quorate(present, electorate, self.quorum):
            return None, facts | {"undecided": "no quorum"}
        seats = list(cast.valid)
        values = [self.plain(cast.valid[seat]) for seat in seats]
        own = [weights[seat] for seat in seats]
        options = offered(question, values)
        if not options:
            return None, facts | {"tally": {}, "undecided": "no ballots"}
        count = self.tally(values, options, own, self.order(society, question, options, *names))
        facts["tally"] = told(count.scores)
        if count.rounds:
            facts["counts"] = [told(one) for one in count.rounds]
        if count.ties:
            facts["ties"] = [list(tied) for tied in count.ties]
        if not count.winners:
            return None, facts | {"undecided": "no winner" if seats else "no ballots"}
        if len(count.winners) > 1:
            return None, facts | {"undecided": "tie", "winners": list(count.winners)}
        [winner] = count.winners
        share = 1.0 if self.rule == "unanimity" else self.majority
        if share:
            whole = sum(own)
            if self.invalid == "present":
                whole += sum(weights[seat] for seat in cast.invalid)
            if self.abstentions == "against":
                absent = cast.silent if self.invalid == "present" else (*cast.silent, *cast.invalid)
                whole += sum(weights[seat] for seat in absent)
            facts["support"] = round(count.support[winner] / whole, _DIGITS) if whole else 0.0
            if not enough(count.support[winner], whole, share):
                return None, facts | {"undecided": "no majority"}
        return winner, facts

    def plain(self, value: Any) -> Any:
        """What a ballot says, without the name of its field."""
        return value if self.part.asks == "choice" else value[self.part.asks]


def offered(question: Question, values: Sequence[Any]) -> tuple[str, ...]:
    """What is voted on: the question's options, or where an answer is free, what was answered, as it came first."""
    return question.options or tuple(dict.fromkeys(values))


def told(counts: Mapping[str, float]) -> dict[str, float]:
    """*counts* as the record has them."""
    return {option: round(count, _DIGITS) for option, count in counts.items()}


def electorate(society: Society, terms: Terms, question: Question, drawn: int | None, strata: str | None) -> list[int]:
    """The seats that vote: all who are present, or *drawn* of them by lot, from each group of equal *strata* its share.

    Where fewer are left than were to be drawn, all of them vote; where nobody is, nobody does.
    """
    if not society.members:
        raise terms.error("there is nobody to vote")
    seats = [member.id for member in society.present]
    if drawn is not None:
        if not 1 <= drawn <= len(society.members):
            raise terms.error(f"drawn is {drawn}; it must be from 1 to the {len(society.members)} members")
        group = None if strata is None else (lambda seat: _mark(society, terms, seat, strata))
        seats = sortition(seats, min(drawn, len(seats)), seed_of(society.seed, "sortition", question.id), group)
    elif strata is not None:
        raise terms.error("strata says how to draw an electorate, but drawn does not say how many")
    return seats


def _mark(society: Society, terms: Terms, seat: int, name: str) -> Any:
    """What *name* is for a member: a trait, or an attribute of its node (`community`, `level`)."""
    traits, node = society.members[seat].traits, society.graph.nodes[seat]
    if name in traits:
        return traits[name]
    if name in node:
        return node[name]
    raise terms.error(f"{society.names[seat]} has no {name!r}; {nearest(name, [*traits, *node])}")


def groups(society: Society, terms: Terms, seats: Sequence[int], by: str) -> dict[Any, list[int]]:
    """*seats* by what the trait or attribute *by* is for them, in the order of first seats."""
    found: dict[Any, list[int]] = {}
    for seat in seats:
        found.setdefault(_mark(society, terms, seat, by), []).append(seat)
    return found


def weights_of(society: Society, terms: Terms, question: Question, seats: Sequence[int]) -> dict[int, float]:
    """The weight of each vote: 1, or by past accuracy, or what a trait says."""
    if terms.weights == "equal":
        return dict.fromkeys(seats, 1.0)
    if terms.weights == "log_odds":
        options = max(2, len(question.options))
        standing = ((seat, society.standing(seat)) for seat in seats)
        return {seat: log_odds(own.right, own.answered, options) for seat, own in standing}
    found = {}
    for seat in seats:
        weight = _mark(society, terms, seat, terms.weights)
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < float("inf"):
            raise terms.error(f"{society.names[seat]} has {terms.weights!r} {weight!r}; a weight is a number from 0")
        found[seat] = float(weight)
    return found


def by_confidence(cast: Cast, weights: Mapping[int, float]) -> tuple[Cast, dict[int, float]]:
    """The choices in *cast*, and how sure each was in place of its weight; 0 where that could not be read."""
    sure = {seat: said.confidence or 0.0 for seat, said in cast.valid.items()}
    return replace(cast, valid={seat: said.value for seat, said in cast.valid.items()}), {**weights, **sure}


def collected(
    society: Society, text: str, form: Form, answers: Mapping[int, Any], reasons: Any, invalid: Invalid
) -> Doing[tuple[Cast, Mapping[int, Any]]]:
    """The ballots in *answers*, sorted into valid, invalid and none; with `again` who was unreadable is asked again."""
    values = dict(answers.items())
    spoilt = [seat for seat, value in values.items() if value is None and reasons(seat) == UNREADABLE]
    if spoilt and invalid == "again":
        second = yield from society.ask_all(f"{text}\n{_AGAIN}", form, spoilt)
        values |= dict(second.items())
        spoilt = [seat for seat in spoilt if values[seat] is None and second.reason(seat) == UNREADABLE]
    out = frozenset(spoilt)
    valid = {seat: value for seat, value in values.items() if value is not None}
    silent = tuple(seat for seat, value in values.items() if value is None and seat not in out)
    return Cast(valid, tuple(spoilt), silent), values


def in_turn(
    society: Society, question: Question, form: Form, seats: Sequence[int], shown: bool
) -> Doing[dict[int, Any]]:
    """One after the other; where ballots are *shown*, each is said along ties, and who votes later reads what it heard.

    Gives promises, so that nobody waits for an answer that it does not read.
    """
    promises: dict[int, Any] = {}
    for seat in seats:
        member = society.members[seat]
        words: Any = partial(_after, question.text, question.id) if shown else question.text
        promises[seat] = yield from society.ask(member, words, form)
        if shown:
            member.say(partial(_aloud, promises[seat]), member.audience)
    return promises


def announced(society: Society, answers: Mapping[int, Any]) -> None:
    """Everybody says its ballot along its ties."""
    for seat in answers:
        member = society.members[seat]
        member.say(partial(_own, answers), member.audience)


def words(value: Any) -> str | None:
    """How a ballot is said aloud; none is silence.

    >>> words("B"), words({"ranking": ("B", "A")}), words({"approved": ()}), words({"scores": {"A": 7.0, "B": 0.0}})
    ('B', 'B > A', 'none', 'A = 7, B = 0')
    >>> words(Stated("B", 0.8))
    'B (80%)'
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Stated):
        return words(value.value) if value.confidence is None else f"{words(value.value)} ({value.confidence:.0%})"
    [(asks, ballot)] = value.items()
    if asks == "ranking":
        return " > ".join(ballot)
    if asks == "approved":
        return ", ".join(ballot) or "none"
    return ", ".join(f"{option} = {score:.10g}" for option, score in ballot.items())


def _aloud(promise: Any, me: View) -> str | None:
    return words(promise.value)


def _own(answers: Mapping[int, Any], me: View) -> str | None:
    return words(answers[me.id])


def _after(text: str, about: str, me: View) -> str:
    heard = [f"{said.name}: {said.words}" for said in me.heard if said.about == about]
    return "\n".join([text, "The votes so far, as you have heard them:", *heard]) if heard else text
