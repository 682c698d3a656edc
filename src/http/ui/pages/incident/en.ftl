incident-title = Incident No. { $number }
incident-none = not given
incident-told = What the resident wrote
incident-author-hidden = author hidden
incident-masked = Personal data is hidden: { $kinds }.
incident-opened = Shown with personal data. That is on record.
incident-open = Show personal data
incident-open-reason = What for
incident-open-note = Who opened it, when and what for is kept.
incident-open-button = Show
incident-openings = Who opened personal data
incident-openings-none = Nobody has.
incident-thread = The talk
incident-thread-empty = The network has not told yet what is around this message.
incident-thread-rest = The rest of the talk: { $count ->
    [one] { $count } message
   *[other] { $count } messages
  }
incident-thread-more = The talk is longer than is shown.
incident-earlier = It said something else before: { $count ->
    [one] { $count } time
   *[other] { $count } times
  }
incident-facts = Facts
incident-kind = Kind
incident-topic = Topic
incident-severity = Urgency
incident-place = Place
incident-okrug = Okrug
incident-organisation = Organisation
incident-executor = Executor
incident-received = Received
incident-outcome = Outcome
incident-deferred = Put off until
incident-closed = Closed
incident-rating = The author's mark
incident-note = Note for colleagues
incident-short = Identity
incident-municipality = Municipality
incident-settlement = Settlement
incident-street = Street
incident-house = House
incident-why = Why
incident-why-here = Why it is here
incident-rule = rule { $rule }, version { $version }
incident-stays = Who had it: { $count ->
    [one] { $count } stay
   *[other] { $count } stays
  }
incident-group = About the same
incident-merged-into = Merged into incident
incident-duplicates = { $count ->
    [one] { $count } other is merged into this one
   *[other] { $count } others are merged into this one
  }
incident-alike = Probably about the same
incident-likeness = { $percent } %
incident-reasons = What speaks for and against
incident-merge-here = A duplicate: merge
incident-unlike = Not about the same
incident-clocks = Deadlines
incident-clocks-none = There are none.
incident-clocks-over = Over and kept: { $count }
incident-until = by
incident-clock-target = How long was given
incident-clock-rule = By which rule
incident-clock-calendar = Calendar
incident-clock-began = Counted from
incident-clock-pauses-in = Stands still in
incident-target-working = { $span } of working time
incident-target-calendar = { $span } around the clock
incident-target-days = { $count ->
    [one] { $count } working day
   *[other] { $count } working days
  }
incident-target-calendar-days = { $count ->
    [one] { $count } calendar day
   *[other] { $count } calendar days
  }
incident-target-next = { $count ->
    [one] { $count } calendar day
   *[other] { $count } calendar days
  }; if the last is a day off, to the end of the next working day
incident-target-previous = { $count ->
    [one] { $count } calendar day
   *[other] { $count } calendar days
  }; if the last is a day off, to the end of the working day before
incident-clock-consumed = { $span } had passed before, by the former rule.
incident-clock-counted = Time that counted:
incident-clock-more = And more stretches: { $count }.
incident-clock-days = Days that counted:
incident-clock-special = Special days of the calendar:
incident-clock-day-off = day off
incident-clock-stood = Stood still
incident-clock-stands = Has stood still since
incident-clock-deferred = Put off until
incident-clock-bound = The nearest deadline is that of a merged incident
incident-clock-breached = Broken
incident-clock-settled = Settled
incident-clock-reminder = Reminder when { $share } % is left:
incident-clock-promised = { $why }: was { $from }, is { $to }
incident-clock-revived = runs again
incident-moves = What can be done
incident-reason = Reason
incident-why-note = In more words
incident-by-rules = By the city's rules
incident-defer-until = Until which day
incident-outside-text = What was answered
incident-outside-at = When it was answered
incident-permalink = Link to the answer
incident-merge-into = Number of the incident that goes on
incident-answers = Answer
incident-answer-text = Text of the answer
incident-answer-meant = What it makes of the matter
incident-answer-via = Where to
incident-via-usual = To where it was asked
incident-save = Save the draft
incident-save-submit = To the approver
incident-blanks = Still to be filled in:
incident-drafts = Begin from: { $count ->
    [one] { $count } draft
   *[other] { $count } drafts
  }
incident-draft-similar = As No. { $number } was answered
incident-returned = Sent back for rework
incident-concerns = Concerns about the answer
incident-answer-title = Answer { $n }
incident-drafted = Written
incident-submitted = Handed to the approver
incident-approved = Approved
incident-sent = Handed to the network
incident-not-sent = Not yet handed to the network
incident-delivered = Published
incident-not-delivered = The network has not confirmed it yet
incident-see-answer = see it
incident-failed = Not delivered
incident-attempts = { $count ->
    [one] { $count } attempt
   *[other] { $count } attempts
  }
incident-maybe-twice = perhaps published twice
incident-retry = Send again
incident-rework-text = What to do better
incident-history = History
incident-chain-whole = The chain of records is whole: nothing was changed or removed.
incident-chain-broken = The chain of records is broken: one was changed or removed past the system.
incident-event-changed = record changed
incident-history-more = The next { $count } records
incident-other = another incident
incident-changed = While you looked, the incident was changed: { $count ->
    [one] { $count } record
   *[other] { $count } records
  }
incident-stands-now = Now:
incident-look-again = Show it as it is now
incident-all-the-same = Do it all the same
incident-all-the-same-note = Or do what you meant to, knowing of these changes.
incident-typed = You wrote

said-incident-assigned = Assigned.
said-incident-passed = Passed on to the executor.
said-incident-taken = Taken.
said-incident-returned = Given back.
said-incident-drafted = The draft is saved.
said-incident-submitted = Handed to the approver.
said-incident-reworked = Sent back for rework.
said-incident-approved = Approved. The answer is on its way.
said-incident-deferred = Put off.
said-incident-closed = Closed.
said-incident-dismissed = Put aside as not a complaint.
said-incident-merged = Merged.
said-incident-unmerged = Parted.
said-incident-reopened = Opened again.
said-incident-corrected = Corrected.
said-incident-noted = Noted.
said-incident-unlike = Noted: not about the same.

action-fail = Could not be delivered

meant-resolved = Resolved
meant-explained = Explained
meant-not_resolved = Not resolved
meant-intermediate = Intermediate; the final answer follows

blank-contact = a contact
blank-date = a date or a term
blank-figure = a number
blank-organisation = the organisation
blank-person = office and name
blank-place = the place
blank-time = the time of day

concern-warning = Mind:
concern-forbidden = Cannot be approved so:
concern-refused = Cannot be handed in so:

despite-missing_date = I approve it although no term is named
despite-third_person = I approve it although somebody else is named


actor-staff = a member of staff
actor-source = the source
actor-author = the author
actor-rule = the city's rules
actor-system = the system

match-topic-topic = for the topic
match-topic-group = for the group of topics
match-topic-any = for any topic
match-municipality-exact = for this municipality
match-municipality-kind = for such a municipality
match-municipality-any = for any place
match-severity-exact = for this urgency
match-severity-at_least = for this urgency and above
match-severity-any = for any urgency
match-organisation-exact = for this organisation
match-organisation-ancestor = for the organisation above
match-organisation-any = for any organisation

counted-from-received = since receipt
counted-from-published = since publication
counted-from-assigned = since assignment

promised-correction = correction
promised-transfer = another organisation
promised-policy = new rules of the city

stay-end-passed = passed on
stay-end-reassigned = assigned to others
stay-end-closed = closed
stay-end-not_our_competence = not our competence
stay-end-other_territory = other territory
stay-end-wrong_topic = wrong topic
stay-end-other = given back

told-n = answer
told-kind = which
told-outcome = outcome
told-clock = deadline
told-organisation = organisation
told-executor = executor
told-from = from
told-into = into
told-incident = which
told-reason = reason
told-step = step
told-returns = returns
told-topic = topic
told-severity = urgency
told-municipality = municipality
told-until = until
told-due_at = was due
told-despite = despite
told-rating = mark
told-note = in words
told-text = text
told-permalink = link
incident-map = On the map
