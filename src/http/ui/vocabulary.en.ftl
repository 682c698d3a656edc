step-distribution = To be distributed
step-control = With a controller
step-assigned = Assigned
step-in_work = In work
step-drafted = Answer drafted
step-approval = Waits for approval
step-rework = For rework
step-approved = Approved, being published
step-awaiting_author = Waits for its author
step-closed = Closed

kind-solvable = Solvable
kind-unsolvable = Not solvable
kind-informational = Informational
kind-gratitude = Thanks
kind-spam = Spam

outcome-resolved = Resolved
outcome-explained = Explained
outcome-not_resolved = Not resolved
outcome-deferred = Deferred

close-reason-author_satisfied = The author is satisfied
close-reason-no_author_reply = The author did not reply
close-reason-dialogue_pointless = Further talk is pointless
close-reason-survey_mark = The author’s mark
close-reason-advertisement = Advertisement
close-reason-insult = Insults, threats
close-reason-false_information = False information
close-reason-unclear = Unclear what or where
close-reason-repeat = Repeat without new facts
close-reason-no_problem = No complaint: talk, a greeting
close-reason-duplicate = Duplicate

topic-origin-message = came with the message
topic-origin-staff = set by staff
topic-origin-classifier = proposed
topic-origin-automatic = set automatically
topic-origin-none = not known

answer-kind-intermediate = Intermediate
answer-kind-final = Final

via-thread = In the thread
via-private = By private message

posting-state-waiting = Waits to be sent
posting-state-sent = Sent to the network
posting-state-delivered = Published
posting-state-failed = Not delivered

answer-state-draft = Draft
answer-state-submitted = Waits for approval
answer-state-returned = Returned for rework
answer-state-approved = Approved
answer-state-sent = Sent to the network
answer-state-delivered = Published
answer-state-failed = Not delivered

rework-reason-formal = A formal reply
rework-reason-off_subject = Not on the substance
rework-reason-no_date = No date is named
rework-reason-no_evidence = No evidence
rework-reason-legal_jargon = Laws without explanation
rework-reason-contradiction = Contradictions
rework-reason-personal_data = Personal data of third persons
rework-reason-other = Something else

return-reason-not_our_competence = Not our competence
return-reason-other_territory = Another territory
return-reason-wrong_topic = The topic is wrong
return-reason-other = Something else

action-assign = Assign
action-pass = Pass on
action-take = Take
action-return = Give back
action-draft = Write an answer
action-submit = Submit
action-rework = Ask for rework
action-approve = Approve
action-deliver = Answer published
action-deliver_intermediate = Intermediate answer published
action-answer_outside = Answered in the network
action-speak_outside = Intermediate answer in the network
action-defer = Defer
action-close = Close
action-dismiss = Not a complaint
action-merge = Merge
action-unmerge = Part
action-reopen = Open again
action-correct = Correct

event-opened = Opened
event-message_joined = A message joined
event-message_edited = A message was edited
event-message_deleted = A message was deleted
event-message_restored = A message was restored
event-corrected = Corrected
event-assigned = Assigned
event-passed = Passed on
event-taken = Taken
event-returned = Given back
event-drafted = Answer written
event-submitted = Submitted
event-rework_asked = Sent back for rework
event-approved = Approved
event-delivered = Answer published
event-delivery_failed = Delivery failed
event-delivery_retried = Delivery ordered anew
event-answered_outside = Answered in the network
event-deferred = Deferred
event-closed = Closed
event-dismissed = Put aside
event-merged = Merged
event-absorbed = Another one was merged into this
event-unmerged = Parted
event-released = Another one was parted
event-reopened = Opened again
event-deadline_missed = A deadline passed
event-deadlines_recomputed = Deadlines computed anew
event-auto_replied = An automatic reply
event-imported = Imported
event-undone = Decision undone

role-moderator = Moderator
role-coordinator = Coordinator
role-executor = Executor
role-approver = Approver
role-controller = Controller
role-administrator = Administrator
role-integration = Integration

permission-read_incidents = See incidents
permission-read_personal_data = See personal data
permission-read_disclosures = See who opened personal data
permission-triage = Triage
permission-merge = Merge duplicates
permission-coordinate = Pass on inside the organisation
permission-work = Prepare answers
permission-approve = Approve answers
permission-report_delivery = Report deliveries
permission-close = Close and reopen
permission-read_statistics = See figures
permission-read_policy = See the policy
permission-write_policy = Change the policy
permission-manage_staff = Manage staff
permission-manage_sources = Manage sources
permission-view_pages = See official pages
permission-manage_pages = Manage official pages
permission-export = Export the table

clock-routing = Distribution
clock-reaction = First reaction
clock-acceptance = Acceptance
clock-first_answer = First answer
clock-final_answer = Final answer
clock-next_answer = Next answer
clock-resolution = Resolution
clock-approval = Approval
clock-rework = Rework
clock-author_wait = Wait for the author

clock-state-running = Running
clock-state-paused = Paused
clock-state-met = Met
clock-state-breached = Missed
clock-state-cancelled = Cancelled

form-post = Post
form-comment = Comment
form-private = Private message

place-origin-message = from the message
place-origin-text = from the text
place-origin-staff = set by staff
place-origin-none = not known

personal-birth_date = a birth date
personal-email = an e-mail address
personal-flat = a flat number
personal-link = a link to a person
personal-name = a name
personal-number = a document number
personal-passport = a passport
personal-phone = a telephone number
personal-plate = a car’s number plate
personal-snils = a pension number

network-vk = VK
network-odnoklassniki = Odnoklassniki
network-ok = Odnoklassniki
network-telegram = Telegram
network-max = MAX
network-webhook = Webhook

severity-1 = 1: small
severity-2 = 2: common
severity-3 = 3: considerable
severity-4 = 4: serious
severity-5 = 5: danger

refusal-malformed = What was sent cannot be read.
refusal-invalid = Something is filled in wrongly.
refusal-illegal_move = This is not possible now: the incident stands elsewhere by now.
refusal-forbidden = Your role does not have the right to do this.
refusal-own_answer = An answer is approved by somebody other than its author.
refusal-concerns = The answer gives rise to concerns. Mend it, or say that it is approved despite them.
refusal-cannot_merge = These incidents cannot be merged.
refusal-conflict = While you were looking, somebody else changed this.
refusal-not_found = There is nothing at this address.
refusal-busy = The service is busy. Try again in a few seconds.
refusal-internal = The fault is ours. It is on record.
refusal-page_outdated = The page is outdated, or does not come from this site. Go back, reload it and try again.
refusal-not_signed_in = Sign in first.
refusal-bad_token = The sign-in has ended. Sign in again.
refusal-stale = While you were looking, somebody else changed this incident. Reload the page and see what changed.
refusal-too_large = The file or text is too large.
refusal-network_refused = The social network refused.
refusal-method_not_allowed = Not possible here.
