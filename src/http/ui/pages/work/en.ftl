work-title = My organisation
work-queues = Queues
work-write = Write the answer
work-approve = Read and approve
work-pass-to = Pass on to { $department }
work-department = To whom

queue-take = To take
queue-work = In work
queue-approval = For approval
queue-rework = For rework
queue-delivery = Being delivered
queue-failed = Not delivered
queue-author = Waiting for the author
queue-deferred = Deferred

queue-empty-take = Nothing new. What was begun is in "In work".
queue-empty-work = Nothing in work. What is new is in "To take".
queue-empty-approval = Nothing to approve.
queue-empty-rework = Nothing was sent back.
queue-empty-delivery = Every approved answer is published.
queue-empty-failed = Every answer was delivered.
queue-empty-author = No author is being waited for.
queue-empty-deferred = Nothing is deferred.
