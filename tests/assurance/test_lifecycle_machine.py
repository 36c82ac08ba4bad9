"""Random acts on one application and its follow-up applications, compared with a plain model.

The model, `tests/support/plain_lifecycle.py`, follows docs/domain.md 1 and 2 and does not use the lifecycle table.
"""

import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.rules.accounts.accounts import Account
from chalicelib.rules.applications import cards, follow_ups, progress, transitions
from chalicelib.rules.applications.applications import Answer, status_of, status_version_of
from chalicelib.rules.applications.lifecycle import CLOSED
from chalicelib.rules.applications.services import available_services
from chalicelib.rules.base.china_time import china_day
from chalicelib.rules.base.errors import ContentChanged, FollowUpLimit, Invalid, OperationInvalid
from chalicelib.rules.base.vocabulary import (
    AccountId,
    Action,
    ApplicationNumber,
    Decision,
    Party,
    PersonNumber,
    Role,
    Scope,
    Service,
)
from tests.support import submissions
from tests.support.plain_lifecycle import (
    AT_ECONOMIES,
    CODES,
    ENDS_WITH,
    OVER,
    SERVICES,
    STEPS,
    ApplicationModel,
    Traveller,
    reviewed,
)

DONE, INVALID, REFUSED, STALE, SAME = "done", "operation invalid", "refused", "content changed", "no change"

PARTIES = ("applicant", "fao", "consular", "portal")
WHO = st.sampled_from(PARTIES)
MOSTLY_CONSULAR = st.sampled_from(["consular", "consular", *PARTIES])
TRIED = list(product(PARTIES, ("pass", "return", "reject", "reopen", "resubmit", "withdraw")))
WITH_REASON = ("return", "reject", "reopen")
OFTEN = st.sampled_from([True, True, True, True, False])
"""Mostly true, so that most steps succeed."""
ANY = st.integers(0, 9999)
BEGUN = ("asked", "early card", "early card and answered", "one approval", "answered", "making", "issued")
"""States of a person at the beginning of a run."""
PERSONS = st.integers(0, 2)
NEW_PASSPORT = {
    "passport_kind": "ordinary",
    "passport_issued_on": "2026-11-01",
    "passport_place": "北京",
}


@dataclass(frozen=True)
class Actor(Account):
    """An account that acts for any party, the portal included."""

    acts_as: Party = Party.APPLICANT

    @property
    def party(self):
        return self.acts_as


ACTORS = {
    party: Actor(AccountId(party), Role.AGENT, party, "测试", "a@mail.example", scope=Scope.ALL, acts_as=Party(party))
    for party in ("applicant", "fao", "consular", "portal")
}


COUNTED: Counter[str] = Counter()
"""Numbers of runs and steps."""


class Lifecycle(RuleBasedStateMachine):
    """The state machine: one application of two or three persons."""

    @initialize(begun=st.lists(st.sampled_from(BEGUN), min_size=2, max_size=3), approved=OFTEN, apart=st.booleans())
    def submit(self, begun, approved, apart):
        self.now = submissions.NOON
        self.real = submissions.application(len(begun))
        self.follow_ups = {}
        self.group = ApplicationModel("new_or_renewal")
        self.people = [
            Traveller(passport=(person.content["passport_number"], person.content["passport_expires_on"]))
            for person in self.real.persons
        ]
        self.models = {}
        self.serial = 1
        self.acts = 1
        self.last: tuple[Any, Any, Any] = {}, {}, {}
        # The steps to the initial state are compared with the model too.
        for who in ("fao", "consular") if approved else ():
            self.moved_group(who, "pass", True, True)
        if apart and not approved:
            self.single_out(1)
        for position, how_far in enumerate(begun):
            self.begin(position, how_far)

    def single_out(self, position):
        """Bring one person to the economies before its application."""
        for who, action in (("fao", "return"), ("applicant", "resubmit"), ("fao", "pass"), ("consular", "pass")):
            self.moved_person(position, who, action, True, True)

    def begin(self, position, how_far):
        if self.people[position].own is None:
            return
        answers = {"asked": 0, "one approval": 1}.get(how_far, 1 if "early" in how_far else 16)
        for code in CODES[:answers]:
            self.decide("consular", position, code, Decision.APPROVED)
        if "early" in how_far:
            self.apply_for(position, "early_card", False, True)
            for who in ("fao", "consular"):
                self.moved_follow_up(max(self.follow_ups), who, "pass", True, True)
        steps = {"making": 1, "issued": 3}.get(how_far, 3 if "early" in how_far else 0)
        for event in list(STEPS)[:steps]:
            self.carded("consular", position, event, True, True, True)
        for code in CODES[1:] if how_far == "early card and answered" else ():
            self.decide("consular", position, code, Decision.REFUSED)

    # Shared steps

    def act(self, who):
        return submissions.act(ACTORS[who], self.now)

    @property
    def today(self):
        return china_day(self.now).isoformat()

    def pick(self, position):
        position %= len(self.people)
        return position, self.people[position], self.real.persons[position]

    def status(self, model):
        return model.own or self.group.status

    def try_(self, wanted, call):
        """Assert that the call has the outcome of the model; returns its result if it succeeds."""
        try:
            result = call()
        except (OperationInvalid, FollowUpLimit):
            outcome = INVALID
        except ContentChanged:
            outcome = STALE
        except Invalid:
            outcome = REFUSED
        else:
            outcome = SAME if result[-1] is None else DONE
        assert outcome == wanted
        self.acts += outcome == DONE
        return result if outcome == DONE else None

    def choose(self, sensible, pick, after):
        """A party and an action: mostly allowed by the model, and mostly a step forward."""
        possible = [pair for pair in TRIED if after(*pair)]
        possible += [pair for pair in possible if pair[1] in ("pass", "resubmit")] * 5
        pool = possible if sensible and possible else TRIED
        return pool[pick % len(pool)]

    def with_person(self, person):
        persons = tuple(person if other.number == person.number else other for other in self.real.persons)
        self.real = replace(self.real, persons=persons)

    # The application

    @rule(sensible=OFTEN, pick=ANY, fresh=OFTEN, reasoned=OFTEN)
    def move_group(self, sensible, pick, fresh, reasoned):
        who, action = self.choose(sensible, pick, self.group.after)
        self.moved_group(who, action, fresh, reasoned)

    def moved_group(self, who, action, fresh, reasoned):
        seen, reason = self.real.header.status_version - (not fresh), "理由" if reasoned else None
        may = fresh and (action != "reopen" or self.is_recent(self.real.header.status_since))
        to = self.group.after(who, action) if may else None
        needs = action in WITH_REASON and not reasoned
        wanted = INVALID if to is None else REFUSED if needs else DONE
        done = self.try_(
            wanted, lambda: transitions.change_status(self.real, Action(action), self.act(who), seen, reason)
        )
        if done:
            assert to is not None
            self.real = done[0]
            self.group.status, self.group.version = to, self.group.version + 1
            for model in self.people:
                if to == "CONSULAR_APPROVED" and model.own is None:
                    model.own, model.version = "ECONOMY_REVIEW", self.group.version
                elif model.own in ENDS_WITH.get(to, ()):
                    model.become(to)

    @rule(who=st.sampled_from(["applicant", "applicant", *PARTIES]), what=ANY, position=PERSONS, fresh=OFTEN)
    def edit(self, who, what, position, fresh):
        """Edit content, mostly of what was returned."""
        returned = ("FAO_RETURNED", "CONSULAR_RETURNED")
        returned_follow_ups = [serial for serial in sorted(self.follow_ups) if self.models[serial].status in returned]
        people = [index for index, model in enumerate(self.people) if model.own in returned]
        if returned_follow_ups and what % 3 == 0:
            self.edit_follow_up(who, returned_follow_ups[0], fresh)
        elif people and what % 3 == 1:
            self.edit_person(who, people[position % len(people)], fresh)
        elif self.follow_ups and what % 5 == 0:
            self.edit_follow_up(who, max(self.follow_ups), fresh)
        else:
            [self.edit_group, self.edit_person][what % 2](who, *([position] if what % 2 else []), fresh)

    def edit_group(self, who, fresh):
        content = {**self.real.header.content, "reason": f"更正后的申请事由{self.acts}"}
        persons = [person.content for person in self.real.persons]
        returned = who == "applicant" and self.group.status in ("FAO_RETURNED", "CONSULAR_RETURNED")
        wanted = INVALID if not returned else DONE if fresh else STALE
        seen = self.real.header.version - (not fresh)
        done = self.try_(wanted, lambda: transitions.edit_application(self.real, content, persons, self.act(who), seen))
        if done:
            self.real = done[0]

    # Its persons

    @rule(sensible=OFTEN, pick=ANY, position=PERSONS, fresh=OFTEN, reasoned=OFTEN)
    def move_person(self, sensible, pick, position, fresh, reasoned):
        _, model, _ = self.pick(position)
        who, action = self.choose(sensible, pick, self.steps_of(model))
        self.moved_person(position, who, action, fresh, reasoned)

    def steps_of(self, model):
        """The actions on a person at this status, as for an application."""

        def after(who, action):
            if (
                who == "applicant"
                and action == "withdraw"
                and self.status(model) in ("FAO_RETURNED", "CONSULAR_RETURNED")
            ):
                return "WITHDRAWN"
            if (who, action) == ("consular", "reject") and model.can_be_closed(self.today):
                return "REFUSED"
            if (who, action, model.own) == ("consular", "reopen", "REFUSED"):
                return "ECONOMY_DONE"
            return reviewed(self.status(model), who, action)

        return after

    def moved_person(self, position, who, action, fresh, reasoned):
        _, model, person = self.pick(position)
        singled_out = model.own or action in ("return", "reject")
        to = self.steps_of(model)(who, action) if singled_out else None
        if action == "reopen" and to is not None:
            goes_on = to == "ECONOMY_DONE" or self.group.status not in OVER
            to = to if goes_on and self.is_recent(person.status_since) else None
        needs = action in WITH_REASON and not reasoned
        wanted = INVALID if to is None or not fresh else REFUSED if needs else DONE
        seen = status_version_of(person, self.real.header) - (not fresh)
        reason = "理由" if reasoned else None
        done = self.try_(
            wanted,
            lambda: transitions.change_person_status(
                self.real, person.number, Action(action), self.act(who), seen, reason
            ),
        )
        if done:
            self.real = done[0]
            model.version = model.version if model.own else self.group.version
            model.become("ECONOMY_REVIEW" if to == "APPROVED" else to)

    def edit_person(self, who, position, fresh):
        _, model, person = self.pick(position)
        returned = who == "applicant" and model.own in ("FAO_RETURNED", "CONSULAR_RETURNED")
        wanted = INVALID if not returned else DONE if fresh else STALE
        content, seen = {**person.content, "title": f"经理{self.acts}"}, person.version - (not fresh)
        done = self.try_(
            wanted, lambda: transitions.edit_person(self.real, person.number, content, self.act(who), seen)
        )
        if done:
            self.real = done[0]

    @rule(who=WHO, position=PERSONS, code=st.sampled_from(CODES), decision=st.sampled_from(Decision))
    def decide(self, who, position, code, decision):
        _, model, person = self.pick(position)
        may = who == "consular" and model.at(self.today) in AT_ECONOMIES
        same = model.answers.get(code, "pending") == decision
        answer = Answer(decision, self.now)
        done = self.try_(
            INVALID if not may else SAME if same else DONE,
            lambda: progress.record_decision(self.real, person.number, code, answer, self.act(who)),
        )
        if done:
            self.real = done[0]
            model.answers[code] = str(decision)
            pending = any(model.answers.get(code, "pending") == "pending" for code in CODES)
            if model.own == ("ECONOMY_DONE" if pending else "ECONOMY_REVIEW"):
                model.become("ECONOMY_REVIEW" if pending else "ECONOMY_DONE")

    @precondition(lambda self: any(model.own == "ECONOMY_REVIEW" for model in self.people))
    @rule(pick=ANY, decision=st.sampled_from(["approved", "refused", "locked"]), count=st.sampled_from([1, 15, 16]))
    def answer_many(self, pick, decision, count):
        asked = [position for position, model in enumerate(self.people) if model.own == "ECONOMY_REVIEW"]
        position = asked[pick % len(asked)]
        model = self.people[position]
        for code in [code for code in CODES if model.answers.get(code, "pending") == "pending"][:count]:
            self.decide("consular", position, code, Decision(decision))

    @rule(who=MOSTLY_CONSULAR, position=PERSONS)
    def record_foreign_number(self, who, position):
        _, model, person = self.pick(position)
        may = who == "consular" and model.at(self.today) in AT_ECONOMIES
        done = self.try_(
            DONE if may else INVALID,
            lambda: transitions.record_foreign_number(self.real, person.number, self.act(who), f"CHN-{self.acts}"),
        )
        if done:
            self.real = done[0]

    # Follow-up services

    @rule(position=PERSONS, service=st.sampled_from(SERVICES), new_passport=st.booleans(), fresh=OFTEN)
    def apply(self, position, service, new_passport, fresh):
        self.apply_for(position, service, new_passport, fresh)

    def apply_for(self, position, service, new_passport, fresh):
        position, model, person = self.pick(position)
        wanted = DONE if fresh and service in model.services(self.today) else INVALID
        passport = None
        content = {"reason": "因故申请", "attachments": []}
        if service == "change_passport" or (service == "replace_card" and new_passport):
            passport = (f"E9{self.serial:07d}", (self.now + timedelta(days=3000)).date().isoformat())
            content |= {**NEW_PASSPORT, "passport_number": passport[0], "passport_expires_on": passport[1]}
        number = ApplicationNumber(f"APEC20261121{self.serial + 1:06d}")
        seen = status_version_of(person, self.real.header) - (not fresh)
        today = china_day(self.now)
        act = self.act("applicant")
        done = self.try_(
            wanted,
            lambda: follow_ups.apply_for_service(
                number, self.real, person, Service(service), content, act, seen, today
            ),
        )
        if done:
            self.follow_ups[self.serial], busy = done
            self.with_person(busy)
            self.models[self.serial] = ApplicationModel(service, position, passport=passport)
            model.busy = self.serial
            model.applied += 1
            self.serial += 1

    @precondition(lambda self: self.follow_ups)
    @rule(index=ANY, sensible=OFTEN, pick=ANY, fresh=OFTEN, reasoned=OFTEN)
    def move_follow_up(self, index, sensible, pick, fresh, reasoned):
        open_ = [serial for serial in self.follow_ups if not self.models[serial].over] if sensible else []
        pool = open_ or sorted(self.follow_ups)
        serial = pool[index % len(pool)]
        model = self.models[serial]
        who, action = self.choose(sensible, pick, model.after)
        self.moved_follow_up(serial, who, action, fresh, reasoned)

    def moved_follow_up(self, serial, who, action, fresh, reasoned):
        follow_up, model = self.follow_ups[serial], self.models[serial]
        to = model.after(who, action) if fresh else None
        about = self.people[model.person]
        free = True
        if action == "reopen":
            to = to if self.is_recent(follow_up.header.status_since) else None
            # Asked of the person, after the follow-up application itself has been found to allow the action.
            free = model.service in replace(about, applied=0).services(self.today)
        needs = action in WITH_REASON and not reasoned
        seen, reason = follow_up.header.status_version - (not fresh), "理由" if reasoned else None
        done = self.try_(
            INVALID if to is None else REFUSED if needs else DONE if free else INVALID,
            lambda: self.with_subject(follow_up, Action(action), self.act(who), seen, reason),
        )
        if done:
            self.follow_ups[serial] = done[0]
            model.status, model.version = to, model.version + 1
            if action == "reopen":
                about.busy = serial
                return
            person = self.real.persons[model.person]
            self.with_person(follow_ups.apply_outcome(done[0].header, person, self.act(who)))
            self.settle(model, self.people[model.person])

    def with_subject(self, follow_up, action, act, seen, reason):
        """The follow-up application after an action; if it is reopened, its person has it under way again."""
        done = transitions.change_status(follow_up, action, act, seen, reason)
        if action is Action.REOPEN:
            person = self.real.person(PersonNumber(follow_up.header.content["person_number"]))
            self.with_person(follow_ups.resumed(done[0].header, self.real.header, person, china_day(self.now)))
        return done

    def is_recent(self, since):
        return since is not None and (china_day(self.now) - china_day(since)).days <= 7

    def settle(self, follow_up, model):
        version = model.version
        self.settled(follow_up, model)
        if follow_up.status in (*OVER, "DONE"):
            model.busy, model.version = None, version + 1

    def settled(self, follow_up, model):
        if follow_up.passport and follow_up.status == "DONE":
            model.passport = follow_up.passport
        if follow_up.service == "cancel_card" and follow_up.status == "DONE":
            model.alive = False
            if model.own in ("CARD_MADE", "CARD_ISSUED", "EXPIRED"):
                model.become("CANCELLED")

    def edit_follow_up(self, who, serial, fresh):
        follow_up, model = self.follow_ups[serial], self.models[serial]
        returned = who == "applicant" and model.status in ("FAO_RETURNED", "CONSULAR_RETURNED")
        content, seen = {"reason": f"更正后的事由{self.acts}"}, follow_up.header.version - (not fresh)
        done = self.try_(
            INVALID if not returned else DONE if fresh else STALE,
            lambda: transitions.edit_follow_up(follow_up, content, self.act(who), seen),
        )
        if done:
            self.follow_ups[serial] = done[0]
            assert done[0].header.content == {**follow_up.header.content, **content}

    # Cards

    @rule(who=MOSTLY_CONSULAR, sensible=OFTEN, pick=ANY, position=PERSONS, fresh=OFTEN, another=OFTEN, lasts=OFTEN)
    def card(self, who, sensible, pick, position, fresh, another, lasts):
        events = (*STEPS, "cancelled")
        possible = [
            (at, event)
            for at, model in enumerate(self.people)
            for event in events
            if self.next_of_card(model, self.follow_up_for(model, event), event)
        ]
        if sensible and possible:
            who, (position, event) = "consular", possible[pick % len(possible)]
        else:
            event = events[pick % len(events)]
        self.carded(who, position, event, fresh, another, lasts)

    def carded(self, who, position, event, fresh, another, lasts):
        _, model, person = self.pick(position)
        follow_up = self.follow_up_for(model, event)
        passport = (follow_up and event == "made" and follow_up.passport) or model.passport
        five_years = (china_day(self.now) + timedelta(days=1826)).isoformat()
        end = min(five_years, passport[1]) if lasts else self.today
        number = f"C{self.acts:06d}" if another or model.card is None else model.card[0]
        given = {
            "event": event,
            "card_number": number,
            "valid_until": end,
            "reason": "原因",
            "status_version": status_version_of(person, self.real.header) - (not fresh),
        }
        to = self.next_of_card(model, follow_up, event) if fresh and who == "consular" else None
        bad = event == "made" and (end <= self.today or (model.card and model.card[0] == number))
        done = self.try_(
            INVALID if to is None else REFUSED if bad else DONE,
            lambda: cards.card_event(self.real, person, self.follow_ups.get(model.busy), given, self.act(who)),
        )
        if done:
            after, moved, entry = done
            if moved is None:
                self.real = transitions.with_person(self.real, after, entry)
            else:
                self.with_person(after)
                self.follow_ups[model.busy] = moved
            self.card_done(model, follow_up, event, to, (number, end))

    def follow_up_for(self, model, event):
        """The open follow-up application to which a card event belongs; a cancellation belongs to none."""
        return self.models.get(model.busy) if event != "cancelled" else None

    def next_of_card(self, model, follow_up, event):
        if follow_up is not None:
            begin, to = STEPS[event]
            has_card = follow_up.service in ("early_card", "replace_card")
            can_be = event == "issued" or "approved" in model.answers.values()
            return to if has_card and can_be and follow_up.status == begin else None
        if model.busy is not None:
            return None
        if event == "cancelled" and model.own == "CARD_MAKING":
            asked = any(model.answers.get(code, "pending") == "pending" for code in CODES)
            return "ECONOMY_REVIEW" if asked else "ECONOMY_DONE"
        if event == "cancelled":
            return "CANCELLED" if model.own in ("CARD_MADE", "CARD_ISSUED", "EXPIRED") else None
        begin, to = STEPS[event]
        if event == "making":
            usable = model.alive and model.card[1] >= self.today
            return to if model.own == "ECONOMY_DONE" and not usable and "approved" in model.answers.values() else None
        if event == "made" and "approved" not in model.answers.values():
            return None
        return to if model.at(self.today) == begin else None

    def card_done(self, model, follow_up, event, to, card):
        if event == "made":
            model.card, model.alive, model.issued, model.expiry_recorded = card, True, False, False
            model.early = follow_up is not None and model.own == "ECONOMY_REVIEW"
            model.early_used = model.early_used or model.early
            model.passport = (follow_up and follow_up.passport) or model.passport
        elif event == "issued":
            model.issued = True
        elif event == "cancelled" and to == "CANCELLED":
            model.alive = False
        if follow_up is None:
            model.become(to)
            return
        follow_up.status, follow_up.version = to, follow_up.version + 1
        if event == "issued":
            version = model.version
            living = model.card[1] >= self.today
            if model.own != "CARD_ISSUED" and not model.early and living:
                model.become("CARD_ISSUED")
            model.busy, model.version = None, version + 1

    def forward_steps(self):
        """Every step forward of a follow-up application or a card."""
        for serial, follow_up in self.models.items():
            for who, action in TRIED:
                if follow_up.after(who, action) and action in ("pass", "resubmit"):
                    yield self.moved_follow_up, (serial, who, action, True, True)
        for position, model in enumerate(self.people):
            for event in STEPS:
                if self.next_of_card(model, self.follow_up_for(model, event), event):
                    yield self.carded, ("consular", position, event, True, True, True)
            for service in sorted(model.services(self.today)):
                yield self.apply_for, (position, service, len(self.follow_ups) % 2 == 0, True)

    @precondition(lambda self: any(self.forward_steps()))
    @rule(picks=st.lists(ANY, min_size=1, max_size=3))
    def go_on(self, picks):
        for pick in picks:
            steps = list(self.forward_steps())
            if steps:
                step, given = steps[pick % len(steps)]
                step(*given)

    @precondition(lambda self: any(model.card for model in self.people))
    @rule(days=st.sampled_from([1, 30, 700, 1900]))
    def forward(self, days):
        self.now += timedelta(days=days)

    @precondition(lambda self: any(model.card for model in self.people))
    @rule(position=PERSONS)
    def expire(self, position):
        _, model, person = self.pick(position)
        holds = ("ECONOMY_REVIEW", "ECONOMY_DONE", "CARD_MADE", "CARD_ISSUED")
        ended = model.own in holds and model.alive and not model.expiry_recorded and model.card[1] < self.today
        done = self.try_(DONE if ended else INVALID, lambda: cards.expire_card(self.real, person, self.now, "run"))
        if done:
            self.real = transitions.with_person(self.real, *done)
            model.expiry_recorded = True
            if model.own in ("CARD_MADE", "CARD_ISSUED"):
                model.become("EXPIRED")

    # Invariants

    def seen(self):
        """Statuses, versions and histories as shown."""
        shown: dict[int | str, tuple[Any, int]] = {0: (self.real.header.status, self.real.header.status_version)}
        shown |= {
            serial: (follow_up.header.status, follow_up.header.status_version)
            for serial, follow_up in self.follow_ups.items()
        }
        for person in self.real.persons:
            shown[person.number] = status_of(person, self.real.header), status_version_of(person, self.real.header)
        histories = {
            0: self.real.history,
            **{serial: follow_up.history for serial, follow_up in self.follow_ups.items()},
        }
        return shown, histories, {person.number: person for person in self.real.persons}

    @invariant()
    def everything_stands_where_the_model_says(self):
        assert (self.real.header.status, self.real.header.status_version) == (self.group.status, self.group.version)
        for serial, follow_up in self.follow_ups.items():
            model = self.models[serial]
            assert (follow_up.header.status, follow_up.header.status_version) == (model.status, model.version)
            assert (follow_up.header.status in CLOSED) is model.over
        for model, person in zip(self.people, self.real.persons, strict=True):
            assert status_of(person, self.real.header) == self.status(model)
            assert person.own_status == model.own
            assert status_version_of(person, self.real.header) == (model.version if model.own else self.group.version)
            assert (person.content["passport_number"], person.content["passport_expires_on"]) == model.passport
            assert person.early_card_used is model.early_used
            card = person.card
            assert (card is not None and not card.cancelled, bool(card and card.issued)) == (model.alive, model.issued)
            assert (card and (card.number, card.valid_until)) == model.card
            assert set(available_services(person, china_day(self.now))) == model.services(self.today)

    @invariant()
    def the_sixteen_are_always_in_four_columns(self):
        for model, person in zip(self.people, self.real.persons, strict=True):
            row = progress.row_of(person, self.real.header, china_day(self.now))
            columns = (row.approved, row.refused, row.locked, row.pending)
            names = [name for column in columns for name in column]
            assert len(names) == len(set(names)) == (16 if person.economies_since else 0)
            decided = [answer for answer in model.answers.values() if answer != "pending"]
            assert [len(column) for column in columns[:3]] == [
                decided.count(decision) for decision in ("approved", "refused", "locked")
            ]

    @invariant()
    def a_person_never_has_two_open_services(self):
        for position, person in enumerate(self.real.persons):
            open_ = [
                follow_up.header.number
                for serial, follow_up in self.follow_ups.items()
                if self.models[serial].person == position and not self.models[serial].over
            ]
            assert open_ == ([person.open_service] if person.open_service else [])

    @invariant()
    def versions_only_rise_and_history_is_only_added_to(self):
        shown, histories, persons = self.seen()
        old, before, were = self.last
        for key, (status, version) in old.items():
            assert shown[key][1] >= version
            assert shown[key][0] == status or shown[key][1] > version
        for key, events in before.items():
            assert histories[key][: len(events)] == events
        for number, person in were.items():
            assert persons[number] == person or persons[number].version > person.version
        assert sum(map(len, histories.values())) == self.acts
        self.last = shown, histories, persons

    @invariant()
    def counted(self):
        """Count one step."""
        COUNTED["steps"] += 1

    def teardown(self):
        """No party can act on what is closed."""
        COUNTED["runs"] += 1
        for who in ACTORS:
            for action in set(Action) - {Action.REOPEN}:
                for follow_up, model in [
                    (self.real, self.group),
                    *((self.follow_ups[serial], self.models[serial]) for serial in self.follow_ups),
                ]:
                    if model.over:
                        self.try_(
                            INVALID,
                            lambda f=follow_up, a=action, w=who: transitions.change_status(
                                f, a, self.act(w), f.header.status_version, "理由"
                            ),
                        )
                for model, person in zip(self.people, self.real.persons, strict=True):
                    if self.status(model) in (*OVER, "REFUSED", "CANCELLED"):
                        self.nothing_moves(person, action, who)

    def nothing_moves(self, person, action, who):
        act, seen = self.act(who), status_version_of(person, self.real.header)
        answer = Answer(Decision.APPROVED, self.now)
        self.try_(
            INVALID, lambda: transitions.change_person_status(self.real, person.number, action, act, seen, "理由")
        )
        self.try_(INVALID, lambda: progress.record_decision(self.real, person.number, "SGP", answer, act))
        self.try_(INVALID, lambda: cards.expire_card(self.real, person, self.now, "run"))


class TestLifecycle(Lifecycle.TestCase):  # type: ignore[misc, valid-type]  # hypothesis makes it at run time
    """The state machine, with printed numbers of runs and steps."""

    def runTest(self):  # noqa: N802  unittest's name
        super().runTest()
        sys.stdout.write(
            f"lifecycle: {COUNTED['runs']} runs, {COUNTED['steps']} steps, 0 disagreements with the model\n"
        )


TestLifecycle.settings = settings(
    max_examples=200,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
