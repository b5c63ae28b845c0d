# The page of the demo: whom one can be.
demo-title = Enter the demo
demo-lead = Choose a person: you see what they see, and do what they may do. People, organisations and figures are invented; the towns are real.
demo-codes = Everybody’s six-digit code is filled in already. It works once and changes every thirty seconds: if it is refused, wait a little, then reload this page.
demo-enter = Enter as { $name }
demo-operator = Registers organisations, qualifies venues, activates orders, draws up settlements.
demo-approver = The operator’s second person: approves what nobody decides alone.
demo-funder = Sets up campaigns, orders books and follows every euro.
demo-funder-reader = Reads what the funder reads, and changes nothing.
demo-distributor = Keeps the stock of books and the sites that hand them over.
demo-distributor-worker = Hands books over to the people they are for.
demo-structure = Looks after the structure’s venues and its bank account.
demo-structure-accountant = Reads what the structure is paid, transfer by transfer.
demo-venue = In charge of the venue: redeems vouchers and sets up its devices.
demo-venue-counter = Redeems vouchers at the counter.
demo-auditor = Reads everything, changes nothing.
