# The tabs.
operator-tab-work = Work waiting
operator-tab-settlements = Settlements
operator-tab-organisations = Registers
operator-tab-signals = Signals
operator-tab-search = Search
operator-tab-state = Checks
# What waits.
operator-work-none = Nothing is waiting. Everything is done.
operator-work-none-next = You can look for a book or an organisation, or see what last night’s checks said.
operator-work-more = { $count ->
    [one] And one more, which comes up next.
   *[other] And { $count } more, which come up as you go.
}
operator-work-proposals = Requests to approve
operator-work-proposals-lead = Somebody asked for this; it takes a second person before it counts. Whoever asked cannot approve it.
operator-work-own = Requests waiting for somebody else
operator-work-own-lead = These need a second person: tell them, they will find the request on this page.
operator-work-payments = Payments to confirm
operator-work-payments-lead = The file is made. Once the bank statement is there, say payment by payment whether it went through. One person is enough.
operator-work-payments-item = { $count ->
    [one] One payment, { $sum }
   *[other] { $count } payments, { $sum } in all
}
operator-work-settlements = Settlements to approve
operator-work-settlements-lead = The operator’s second person approves, or the funder where its own accountant pays. It cannot be the person who drew the settlement up.
operator-work-settlements-begun = { $count ->
    [one] Half drawn up: one payment, { $sum }. Go on with it.
   *[other] Half drawn up: { $count } payments, { $sum }. Go on with it.
}
operator-settlement-until = Up to { $day }
operator-settled-until = Last settlement: up to { $day }
operator-work-orders = Orders to activate
operator-work-orders-lead = Money first: the deposit must cover the order. Above { $least }, it takes a second person.
operator-work-lost = Lost books to replace
operator-work-lost-lead = A new book takes over the vouchers that are left: the old paper is worth nothing any more, and no money moves.
operator-work-lost-item = { $count ->
    [one] one voucher is left, usable until { $day }
   *[other] { $count } vouchers are left, usable until { $day }
}
operator-work-venues = Venues to qualify
operator-work-venues-lead = Read the venue’s register, then say whether it may take vouchers. One person is enough.
operator-work-accounts = Without a bank account
operator-work-accounts-lead = Without an account, nothing can be paid to them. The structure records it, or you do so for it; it takes a second person.
operator-work-dues = Settlements to draw up
operator-work-dues-lead = What is owed to structures and is in no payment yet. You draw it up, somebody else approves it.
operator-work-dues-item = { $count ->
    [one] { $sum } owed to one structure
   *[other] { $sum } owed to { $count } structures
}
operator-work-signals = Signals to look at
operator-work-signals-lead = These are questions, not accusations. One person is enough.
operator-warn-audit = Last night’s check ({ $moment }) did not say that all is well.
operator-warn-no-key = No key signs vouchers: nothing more can be ordered.
operator-warn-key = Key { $key }, which signs vouchers, ends on { $day }. Another one is needed before.
operator-warn-see = See the checks
operator-books = { $count ->
    [one] one book
   *[other] { $count } books
}
operator-vouchers = { $count ->
    [one] one voucher
   *[other] { $count } vouchers
}
operator-from-to = from { $from } to { $to }
operator-yes = yes
operator-no = no
operator-state = State
operator-day = Day
operator-what = What
operator-decision = Decision
operator-more = More
operator-reference = Reference:
# What was just done.
operator-done-proposed = It is requested. It takes a second person, who approves it from their own account, on the page “Work waiting”.
operator-done-approved = It is approved, and done.
operator-done-withdrawn = The request is given up. Nothing changed.
operator-done-qualified = The venue is qualified: it may take vouchers from now on.
operator-done-suspended = The venue is suspended: it can take no more vouchers.
operator-done-deposit = The deposit is recorded.
operator-done-activated = The order is active: its vouchers have money behind them.
operator-done-drawn = The settlement is drawn up. Somebody else must approve it.
operator-done-settled = The settlement is approved. The file for the bank is ready.
operator-done-cancelled = The settlement is cancelled: everything is due again.
operator-done-confirmed = The payment is confirmed.
operator-done-rejected = The rejection is noted: the amount is due again and goes into the next settlement.
operator-done-decided = It is noted.
operator-done-registered = The organisation is registered. Now invite a person.
operator-done-site = The site is added.
operator-done-account = The bank account is recorded.
operator-done-granted = The invitation is sent.
operator-done-ended = This role has ended.
operator-done-revoked = The key is ended: it is refused from now on.
operator-done-accepted = It is accepted. Restart the service so that it answers everybody.
operator-done-replaced = Here is the new book. Print it, then send it to the site, which notes that it has arrived.
# Why something is not done.
operator-no-balance = { $missing } is missing. Record the money that came in first.
operator-no-second = It takes a second person: you already had a hand in this. Ask somebody else.
operator-no-settled = A settlement has already looked at these days. Choose a later day.
operator-no-longer = This is no longer possible: something changed meanwhile. Read the page again.
operator-no-spent = All vouchers of this book were used: nothing is left to take over.
operator-no-lapsed = The campaign is over: its vouchers cannot be used any more.
operator-no-replaced = A new book has taken over already.
operator-no-form = Something in what was typed is not right. Check it, then try again.
operator-no-account = A bank account is missing: that of the operator, the funder or a structure that is paid. The page “Work waiting” says which. An account recorded after the settlement was drawn up does not count: cancel it and draw it up again.
operator-no-due = Nothing is due up to this day. There is no settlement to draw up.
operator-no-settling = A settlement of this funder is already waiting. Finish that one first.
operator-no-over = The campaign is over: the order can no longer be activated.
operator-no-issuing = The books are still being made. Wait a moment.
operator-no-granted = This person already has this role.
operator-no-mail = This link has to go by mail, and no mail is set up. End this role, then grant it again, the two of you.
operator-no-joined = This person already has an account. They can ask for a new password.
operator-no-key = Nobody granted this key: it can ask for nothing that takes two.
operator-no-many = You already have many requests waiting. Have them approved, or give some up.
operator-no-file = No bank would take this file: a name or an amount does not fit.
operator-no-expired = The time is over. It must be asked for again.
operator-no-proposer = Whoever asked no longer has that role. It must be asked for again.
operator-no-content = The content is not what was asked for. Do not approve it; tell whoever runs the service.
# Requests of two people.
operator-deed-account = Record a bank account
operator-deed-order = Activate an order
operator-deed-grant = Give a person a role
operator-deed-end = Take a role from a person
operator-deed-key = Give a program a key
operator-deed-add-key = Begin a key that signs vouchers
operator-deed-revoke-key = Revoke a key that signs vouchers
operator-deed-block = Block vouchers
operator-deed-move = Declare books lost or destroyed
operator-deed-replace = Replace a book
operator-deed-close = Close a campaign
operator-deed-settlement = Approve a settlement
operator-deed-loss = Go on without lost lines
operator-proposal-by = Asked for by { $who }
operator-proposal-until = To be approved before { $moment }
operator-proposal-waiting = Waiting for a second person
operator-proposal-approved = Approved, and done
operator-proposal-withdrawn = Given up
operator-proposal-expired = Nobody decided in time
operator-proposal-about = About
operator-proposal-amount = Amount
operator-proposal-vouchers = Vouchers
operator-proposal-who = Asked for by
operator-proposal-when = Asked for on
operator-proposal-end = To be approved before
operator-proposal-decided-by = Decided by
operator-proposal-decided = Decided on
operator-proposal-own = You asked for this: it takes a second person to approve it. Tell them.
operator-proposal-thing = See what it is about
operator-proposal-see = See the request
operator-proposal-approve = Approve
operator-proposal-withdraw = Give the request up
operator-member-iban = IBAN
operator-member-holder = Account holder
operator-member-email = Email address
operator-member-name = Name
operator-member-role = Role
operator-member-organisation = Organisation
operator-member-venue = Venue
operator-member-person = Person
operator-member-reads-only = Reading only
operator-member-expires = Until
operator-member-key = Key
operator-member-public-key = Public key
operator-member-campaign = Campaign
operator-member-book = Book
operator-member-first = First book
operator-member-last = Last book
operator-member-reason = Reason
operator-member-site = Site
operator-member-target = What is blocked
operator-member-serial = Voucher
# Venues.
operator-venue-registered = To be qualified: this venue cannot take vouchers yet.
operator-venue-qualified = Qualified: this venue takes vouchers.
operator-venue-suspended = Suspended: this venue cannot take vouchers.
operator-venue-place = Address
operator-venue-phone = Telephone
operator-venue-website = Website
operator-venue-offerings = What is done there
operator-venue-hours = Opening hours
operator-venue-missing = What the register does not say
operator-venue-no-address = The address: nobody will know how to get there.
operator-venue-no-hours = The opening hours.
operator-venue-no-contact = A telephone, an email address or a website to make an appointment.
operator-venue-no-accessibility = How accessible the venue is.
operator-venue-lead = A qualified venue offers one of the planned services and can receive people. If the register is incomplete you can qualify it all the same: its structure completes it.
operator-venue-capacity = Agreed vouchers a month
operator-venue-capacity-hint = Beyond this, a signal tells you; nothing is refused. Leave empty if nothing is agreed.
operator-venue-capacity-wrong = Write a number from 1 to 1,000,000, or nothing.
operator-venue-agreed = { $count ->
    [one] one voucher a month
   *[other] { $count } vouchers a month
}
operator-venue-qualify = Qualify this venue
operator-venue-keep = Save
operator-venue-suspend = Suspend this venue
operator-venue-none = No venue
operator-venue-choice-hint = Only for a venue’s role or a device.
operator-venue-needed = Choose the venue.
operator-venues-none = No venues. The structure adds them from its own desk.
# Orders.
operator-order-issuing = The books are being made. Wait a moment.
operator-order-covered = Ready: the deposit ({ $deposit }) covers the order.
operator-order-short = The deposit ({ $deposit }) does not cover the order: { $missing } is missing.
operator-order-active = Active: its vouchers have money behind them.
operator-order-books = Books
operator-order-book = Each book
operator-order-each = { $per } of { $face }
operator-order-worth = Worth of the order
operator-order-deposit = The funder’s deposit
operator-order-valid = Vouchers are valid
operator-order-made = Made so far
operator-order-activate = Activate the order
operator-second-order = Because of the amount it takes a second person: another operator, or the operator’s second person, approves the activation.
operator-deposit-title = Record money that came in
operator-deposit-lead = Copy the line of the bank statement, or the mandate number where the funder’s accountant committed the amount.
operator-deposit-amount = Amount received, in euros
operator-deposit-amount-hint = For example 4,000.00 or 1250.50. What is missing is suggested.
operator-deposit-amount-wrong = Write an amount above zero, for example 1250.50.
operator-deposit-reference = Mandate number or bank reference
operator-deposit-reference-hint = 35 characters at most, without accents.
operator-deposit-reference-wrong = Write 1 to 35 letters without accents, digits, spaces or signs / - ? : ( ) . , ’ +
operator-deposit-record = Record the deposit
# Settlements and payments.
operator-settlements-lead = A settlement gathers what is owed to structures up to a day. Somebody else approves it, then the bank pays.
operator-settlements-none = No funder is registered yet.
operator-settlements-empty = No settlement so far.
operator-settle-day = Up to the day
operator-settle-day-hint = Including that day. Yesterday is nearly always right.
operator-settle-day-wrong = Choose a day that has already begun.
operator-settle-go = Draw up the settlement
operator-settle-on = Go on drawing it up
operator-settlement-day = Up to
operator-settlement-count = Payments
operator-settlement-total = Amount
operator-settlement-opened = Being drawn up
operator-settlement-drawn = Waiting for approval
operator-settlement-approved = Approved
operator-settlement-cancelled = Cancelled
operator-settlement-file = Download the file for the bank
operator-settlement-approve = Approve this settlement
operator-settlement-cancel = Cancel this settlement
operator-settlement-payments = Payments of the settlement
operator-next-opened = Drawing up stopped half-way. Go on with it: nothing is lost, nothing counts twice.
operator-next-drawn = It takes a second person: the operator’s second person approves it from their own account.
operator-next-pledged = It takes a second person: the funder approves it from its desk, because its own accountant pays; the operator’s second person can too.
operator-next-approve = Over to you: compare the total and the payments, then approve. The file for the bank is made at once.
operator-next-bank = Hand the file to the bank, then say payment by payment what it answered.
operator-next-done = All is settled: the bank has answered for each payment.
operator-next-cancelled = Nothing was paid: everything is due again.
operator-payment-drawn = Not approved yet
operator-payment-approved = In the bank’s file; its answer is awaited
operator-payment-confirmed = Paid
operator-payment-rejected = Rejected by the bank; due again
operator-payment-cancelled = Cancelled
operator-payment-reference = Reference on the bank statement
operator-payment-settlement = See the settlement
operator-payment-statement = Download the statement (CSV)
operator-payment-bank = What did the bank answer?
operator-payment-lead = Find the reference on the bank statement. A payment does not change any more afterwards.
operator-payment-confirm = The payment went through
operator-payment-reject = The bank rejected it
operator-payment-vouchers = Vouchers paid
operator-movement-redemption = Redemption
operator-movement-reversal = Reversal
operator-movement-other = Other movement
# Signals.
operator-signals-lead = What, over a day, looks unlike ordinary work. An honest reason is often the right one: ask before you conclude.
operator-signals-none = No signal is waiting.
operator-signals-decided = Already looked at
operator-signal-pace = { $who }: { $count } vouchers in a minute, faster than a person can serve.
operator-signal-whole-books = { $who }: { $count } whole books used at one go, of { $of }.
operator-signal-copies = { $who }: { $count } vouchers shown that had just been used elsewhere.
operator-signal-unknown = { $who }: { $count } unknown or forged codes, of { $of } shown.
operator-signal-over-capacity = { $who }: { $count } vouchers this month, { $of } were agreed.
operator-signal-steering = { $who }: { $count } of the { $of } books handed over end at one venue.
operator-signal-after-hours = { $who }: { $count } of { $of } vouchers redeemed outside opening hours.
operator-signal-offline = { $who }: { $count } of { $of } vouchers sent long afterwards, all day.
operator-signal-clock-ahead = { $who }: { $count } vouchers dated ahead of time.
operator-signal-from-stock = { $who }: vouchers of { $count } books that still lie in stock.
operator-look-pace = Perhaps a batch entered after a workshop. Ask the venue how it went about it.
operator-look-whole-books = Perhaps a workshop of several hours. Ask for the list of sessions.
operator-look-copies = Perhaps photocopies. Look at the books concerned, and block them if needed.
operator-look-unknown = Perhaps a badly set device, perhaps guessing. Call the venue.
operator-look-over-capacity = The venue works more than planned. Agree on another number, or ask why.
operator-look-steering = Perhaps the only venue nearby. Look at the map before you ask.
operator-look-after-hours = Perhaps an evening workshop, or opening hours to correct in the register.
operator-look-offline = Perhaps a bad connection. Check with the venue.
operator-look-clock-ahead = The device’s clock is wrong. Ask for it to be corrected.
operator-look-from-stock = Perhaps hand-overs that were not recorded. Ask the site.
operator-device-of = A device or program of { $name }
operator-signal-venue = See the venue
operator-signal-write = Write the decision down
operator-signal-explained = There is an honest reason
operator-signal-watched = To be looked at again
operator-signal-visited = Called or visited
operator-signal-suspended = Suspended, on the venue’s page
operator-signal-reported = Handed to the funder or the law
# Losses.
operator-losses-title = Missing lines
operator-losses-none = Nothing is missing.
operator-losses-lead = The database is older than what had been acknowledged. The service answers nobody else until this is decided.
operator-losses-first = First
operator-losses-try = Look for a newer backup, or a funder’s export: the command “carnet restore” puts lines back. Accept the loss only if there is nothing else.
operator-losses-accept-title = Go on without them
operator-losses-accept-lead = The loss is written into the ledgers, for ever. It takes a second person.
operator-losses-accept = Accept the loss
operator-loss-forked = Other lines have taken the place of those that were acknowledged.
operator-loss-lines = { $count ->
    [one] One line is missing.
   *[other] { $count } lines are missing.
}
operator-loss-last = Last line that is there: { $moment }
# Registers.
operator-kinds = Kinds of organisations
operator-kind-funder = Funder
operator-kind-funders = Funders
operator-kind-structure = Structure
operator-kind-structures = Structures
operator-kind-distributor = Distributor
operator-kind-distributors = Distributors
operator-kind-operator = Operator
operator-kind-operators = Operator
operator-kind-venue = Venue
operator-kind-venues = Venues
operator-kind-site = Site
operator-kind-sites = Sites
operator-kind-order = Order
operator-kind-campaign = Campaign
operator-kind-settlement = Settlement
operator-kind-payment = Payment
operator-kind-proposal = Request of two people
operator-kind-book = Book
operator-kind-other = Other
operator-organisations-none = No organisation of this kind. Add the first one.
operator-organisation-kind = Kind
operator-organisation-number = SIRET or RNA
operator-organisation-money = The money
operator-organisation-zone = Time zone
operator-mode-held = The operator holds the money on a ring-fenced account
operator-mode-pledged = The funder’s public accountant has committed it and pays itself
operator-mode-operator = The operator’s own ledger, without money
operator-new-funder = Register a funder
operator-new-structure = Register a structure
operator-new-distributor = Register a distributor
operator-funder-lead = A funder has a ledger of its own, fixed for ever by its first lines. It makes two keys itself with the carnet program (its command “funder-keys”), keeps the secret parts offline and sends you the two public parts. They let it leave with its ledger, even without you.
operator-structure-lead = The structure is paid for what its venues redeem. It adds its venues from its own desk: invite a person next.
operator-distributor-lead = The distributor hands books over. Add its sites next, then invite a person.
operator-register = Register
operator-field-name = Name
operator-field-name-hint = As the public knows it.
operator-name-wrong = Write a name of at most 140 characters.
operator-field-number = SIRET or RNA number
operator-field-number-hint = 14 digits, or W and 9 digits for an association.
operator-field-number-wrong = This number cannot be: check its digits.
operator-field-mode = Where is the money?
operator-field-mode-hint = Never changes afterwards.
operator-field-zone = Time zone
operator-field-zone-hint = For example Europe/Paris or Indian/Reunion. Its days count for settlements.
operator-field-zone-wrong = This time zone is not known. Write for example Europe/Paris.
operator-field-recovery = Recovery key (public part)
operator-field-recovery-hint = 44 characters, given by the command “funder-keys” at the funder’s.
operator-field-recovery-wrong = This is no recovery key. Copy the line that the command “funder-keys” gives.
operator-field-age = Recipient of exports (age)
operator-field-age-hint = Begins with age1, given by the same command.
operator-field-age-wrong = This is no age recipient. Copy the line that begins with age1.
operator-site-new = Add a site
operator-site-add = Add
operator-site-name = Name of the site
operator-site-name-hint = For example the front desk of the town hall.
operator-site-commune = Commune
operator-site-commune-hint = Its name, or its INSEE code where several communes have that name.
operator-commune-many = Several communes have this name: write the INSEE code.
operator-commune-wrong = This commune is not known. Check the name, or write the INSEE code.
operator-sites-none = No site. Add one so that books can be delivered there.
operator-account-title = Bank account
operator-account-none = No account: nothing can be paid.
operator-account-hidden = Bank accounts are shown to the organisation and the operator only.
operator-account-record = Record the bank account
operator-account-change = Change the bank account
operator-account-to-come = { $account } from { $moment } on
operator-account-lead = Copy the bank details that the organisation sent, and check them by telephone with somebody you know.
operator-account-again = There is an account already: the new one counts only after a while, in which the organisation can object.
operator-second-account = It takes a second person before this account is used.
operator-account-iban-hint = With or without spaces.
operator-account-iban-wrong = This is no IBAN of the SEPA area: check every character.
operator-account-holder-hint = Exactly as the bank writes it.
operator-people = People
operator-people-none = Nobody yet. Invite somebody.
operator-person-invited = Invited, account not opened yet
operator-person-active = Account open
operator-person-disabled = Access closed
operator-invite-title = Invite a person
operator-invite-lead = The person gets a personal link, good once. An address that is known gets one more role.
operator-invite-go = Invite
operator-invite-again = Invite again
operator-membership-end = End this role
operator-second-role = A role that touches money takes a second person.
operator-email-wrong = Write a whole address, for example first.last@example.org.
operator-role-wrong = Choose a role.
operator-link-title = Invitation link
operator-link-lead = No mail is set up: hand this link to the person yourself, and to nobody else. It is not shown again.
operator-link-until = It is good once, until { $moment }.
operator-link-label = Link:
operator-link-not = No new link
operator-link-back = Back to the organisation
operator-keys = Keys of programs and devices
operator-keys-none = No keys.
operator-key-title = Grant a key
operator-key-lead = A key lets a program or device act for this organisation. Its secret is shown once.
operator-key-role = What the key may be
operator-key-rights = Reach
operator-key-reads-only = Reading only: it changes nothing
operator-key-until-field = Last day
operator-key-until-hint = Leave empty for a key without end. It can be ended at any time.
operator-key-until-wrong = Choose a day to come, or nothing.
operator-key-go = Grant the key
operator-key-revoke = End this key
operator-key-ended = Ended on { $day }
operator-key-until = Until { $day }
operator-key-used = Last used on { $day }
operator-key-unused = Not used yet
operator-secret-title = The key’s secret
operator-secret-lead = Copy it into the program now: it is never shown again.
operator-secret-second = It takes a second person: the key opens nothing before the request is approved.
operator-secret-label = Secret:
# Search.
operator-search-field = What are you looking for?
operator-search-hint = The number of a book or voucher (0004217 or 0004217-03), the name of an organisation or venue, a SIRET number, the reference of a payment.
operator-search-go = Search
operator-search-none = Nothing here answers to that.
operator-search-try = Check the digits one by one, or try a part of the name. A secret code cannot be looked for: only the serial number is public.
# The story of a book.
operator-book-title = Book { $serial }
operator-voucher-title = Voucher { $serial }
operator-book-face = Worth of a voucher
operator-book-worth = Vouchers
operator-book-counted = { $worth }: { $count }
operator-book-by = Replaced by book
operator-book-whole = See the whole book
operator-book-order = See the order
operator-book-file = Print this book (PDF)
operator-replace = Replace it
operator-replace-lead = A new book takes over the vouchers that are left. The old paper is worth nothing any more, even when it is found; this cannot be undone.
operator-replace-go = Make the new book
operator-book-story = All that happened to it
operator-book-vouchers = Its vouchers
operator-custody-printer = The book is at the printer’s, or on its way.
operator-custody-stock = The book is in stock.
operator-custody-handed = The book was handed over to a person.
operator-custody-returned = The book came back.
operator-custody-lost = The book is lost.
operator-custody-destroyed = The book is destroyed.
operator-worth-unfunded = not funded yet
operator-worth-inactive = active once handed over
operator-worth-active = can be used
operator-worth-redeemed = used
operator-worth-blocked = blocked
operator-worth-replaced = replaced
operator-worth-lapsed = lapsed
operator-reason-lost = lost
operator-reason-stolen = stolen
operator-reason-copied = perhaps copied
operator-reason-misprint = misprinted
operator-reason-request = at the request of the funder or the operator
operator-story-book = the whole book
operator-story-voucher = voucher { $serial }
operator-story-vouchers = { $count } vouchers ({ $list })
operator-story-ordered = { $count ->
    [one] Ordered, in an order of one book.
   *[other] Ordered, in an order of { $count } books.
}
operator-story-issued = Issued: the book can be printed.
operator-story-activated = Funded: the order is active.
operator-story-stock = Delivered to the site “{ $site }”.
operator-story-returned = Came back.{ $site }
operator-story-lost = Declared lost.{ $site }
operator-story-destroyed = Destroyed.{ $site }
operator-story-moved = Moved.{ $site }
operator-story-handed = Handed over to a person by “{ $site }”.
operator-story-blocked = Blocked ({ $why }): { $what }.
operator-story-unblocked = Unblocked: { $what }.
operator-story-replaces = Made to replace the lost book { $book }.
operator-story-replaced = { $count ->
    [one] One voucher replaced by the new book { $book }.
   *[other] { $count } vouchers replaced by the new book { $book }.
}
operator-story-redeemed = Used at “{ $venue }” ({ $offering }): { $what }.
operator-story-reversed = Use undone: { $what }.
operator-story-drawn = Put into a payment to “{ $who }”: { $what }.
operator-story-approved = Settlement approved: { $what }.
operator-story-paid = Paid to “{ $who }” by the bank: { $what }.
operator-story-rejected = Payment to “{ $who }” rejected by the bank: { $what }.
operator-story-cancelled = Payment cancelled: { $what }.
operator-story-lapsed = End of the campaign: what was not used has lapsed.
operator-line = Line
operator-line-lead = The line of the ledger as it was signed. It is never changed.
operator-line-proof = Proof that it is in the ledger
operator-line-before = Line before
operator-line-after = Line after
operator-checkpoint = Signed checkpoint
operator-more-about = More about it
# Checks.
operator-audit-title = Nightly check
operator-audit-none = No check since the service started. The next one is tonight, if it is set up.
operator-audit-holds = All is well ({ $moment }).
operator-audit-violated = Something is not right ({ $moment }). Tell whoever keeps the machine.
operator-audit-undecided = Nothing wrong was found, but not everything could be judged ({ $moment }).
operator-audit-failed = The check could not be run ({ $moment }). Look at the machine’s log.
operator-audit-counted = { $lines } lines replayed, { $rows } rows compared.
operator-audit-found = { $count ->
    [one] One finding: { $first }
   *[other] { $count } findings, among them { $first }
}
operator-audit-skipped = { $count ->
    [one] One thing could not be judged.
   *[other] { $count } things could not be judged.
}
operator-audit-how = At any time, at the machine:
operator-solvency-title = The money behind the vouchers
operator-solvency-more = Funder by funder
operator-signing-title = Keys that sign vouchers
operator-signing-lead = Changing keys is done at the machine, and takes two people:
operator-signing-good = In use
operator-signing-soon = Ends soon: prepare the next one
operator-signing-over = Signs no more; what it signed stays good
operator-ledgers-title = Ledgers and witnesses
operator-ledgers-lead = A witness, outside, signs that a ledger only ever grew. The more of them, the better.
operator-ledger-size = Lines
operator-ledger-last = Last line
operator-witness-title = Witnesses
operator-witness-none = No witness has signed yet
operator-witness-some = { $count ->
    [one] One witness, up to { $line } lines
   *[other] { $count } witnesses, up to { $line } lines
}
operator-log-key = Key of the ledger
