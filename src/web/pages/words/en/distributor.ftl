# The desk of who hands books over.
distributor-home = Stock
distributor-hand-over = Hand over
distributor-receive = Receive
distributor-books = One book
distributor-statistics = Statistics
distributor-title = Your stock of books
distributor-give = Hand a book over
distributor-give-this = Hand this book over
distributor-receive-go = Receive a parcel
distributor-no-site = No hand-over point is registered for your organisation yet. Ask the operator to add one.
distributor-nothing = You have no books for now. When a parcel comes, scan its first and its last book.
distributor-count = { $count ->
    [0] no books
    [one] { $number } book
   *[other] { $number } books
}
distributor-days = { $count ->
    [0] today
    [one] { $count } day
   *[other] { $count } days
}
distributor-since = { $day } ({ $age })
distributor-range = { $first } to { $last }
distributor-stock-caption = Books in stock, by scheme
distributor-runs-caption = Books in stock, from the lowest number to the highest
distributor-campaign = Scheme
distributor-until = Use until
distributor-oldest = The oldest has been here since
distributor-books-column = Books
distributor-numbers = Numbers
distributor-arrived = Received on
distributor-lain = In stock for
distributor-state = State
distributor-site = Hand-over point
distributor-next = The next books
distributor-back = All hand-over points
distributor-alert-over = “{ $campaign }”: the date of the vouchers has passed. Hand these books over no more, give them back.
distributor-alert-ends = “{ $campaign }”: { $count ->
    [0] the vouchers are no longer valid after today.
    [one] one day is left to use the vouchers.
   *[other] { $count } days are left to use the vouchers. Hand them over soon, or give them back.
}
distributor-alert-old = “{ $campaign }”: a book has been waiting for { $count } days. A forgotten book helps nobody.
distributor-alert-empty = No books are left here. Ask the funder for some, or bring some from another of your points.
distributor-done-received = Done: the books are in the stock of this point.
distributor-done-moved = Done: the book is at another point now.
distributor-done-returned = Done: the book is given back. It is no longer in your stock.
distributor-done-lost = Done: the book is blocked. Nobody can use it any more.
distributor-done-found = The book is unblocked. It still has to go back into a stock: check, then confirm.
distributor-done-waits = Your request is noted. A second person has to approve it.
distributor-at-printer = Not delivered yet
distributor-in-stock = In stock
distributor-handed-over = Handed over
distributor-returned = Given back
distributor-lost = Lost or stolen
distributor-destroyed = Destroyed
distributor-vouchers = { $count ->
    [one] 1 voucher of { $amount }
   *[other] { $count } vouchers of { $amount }
}
distributor-inside = Contains
distributor-worth-unfunded = { $count ->
    [one] 1 voucher that waits for its order to be activated
   *[other] { $count } vouchers that wait for their order to be activated
}
distributor-worth-inactive = { $count ->
    [one] 1 voucher, usable once the book is handed over
   *[other] { $count } vouchers, usable once the book is handed over
}
distributor-worth-active = { $count ->
    [one] 1 usable voucher
   *[other] { $count } usable vouchers
}
distributor-worth-redeemed = { $count ->
    [one] 1 used voucher
   *[other] { $count } used vouchers
}
distributor-worth-blocked = { $count ->
    [one] 1 blocked voucher
   *[other] { $count } blocked vouchers
}
distributor-worth-replaced = { $count ->
    [one] 1 voucher that a new book replaces
   *[other] { $count } vouchers that a new book replaces
}
distributor-worth-lapsed = { $count ->
    [one] 1 voucher whose date has passed
   *[other] { $count } vouchers whose date has passed
}
distributor-scan = The book
distributor-scan-hint = Scan the code on the cover, or type the number of the book. For example: 0004217
distributor-scan-wrong = This is not the number of a book. It is written at the top of the cover, like 0004217.
distributor-scan-voucher = This is the code of a voucher, not of the book. Scan the code at the bottom of the cover, or type the number of the book.
distributor-continue = Continue
distributor-another = Hand another book over
distributor-step-scan = Scan the cover of the book.
distributor-step-answer = Answer a few questions, if you like.
distributor-step-give = Confirm: the book is handed over.
distributor-give-title = Hand over book
distributor-give-now = Confirm the hand-over
distributor-cancel = Cancel
distributor-questions = Answer a few questions (optional)
distributor-questions-hint = Your answers are added to this point’s totals of the month. They are never tied to the book.
distributor-no-name = No name is asked for. Write none, neither here nor on the book.
distributor-unreceived = Book { $book } is not in your stock yet
distributor-unreceived-advice = Receive it first, alone or with the rest of the parcel. Then you can hand it over.
distributor-unknown = Book { $book } is at none of your points. Check the number.
distributor-see = See this book
distributor-stands-replaced = Book { $book } was replaced
distributor-stands-replaced-advice = This paper is worth nothing any more. Do not hand it over, destroy it.
distributor-stands-blocked = Book { $book } is blocked
distributor-stands-blocked-advice = Its vouchers are accepted nowhere for now. Do not hand it over.
distributor-stands-over = The date of book { $book } has passed
distributor-stands-over-advice = Do not hand it over any more: give it back.
distributor-stands-given = Book { $book } is handed over already
distributor-stands-given-advice = The hand-over is recorded. You can print the letter again from the page of the book.
distributor-stands-away = Book { $book } is not in stock
distributor-stands-away-advice = Receive it first at one of your points.
distributor-stands-lost = Book { $book } is declared lost
distributor-stands-lost-advice = If you have found it, say so on the page of the book.
distributor-stands-destroyed = Book { $book } is noted as destroyed
distributor-stands-destroyed-advice = It is worth nothing any more. Do not hand it over.
distributor-warn-unfunded = The order of this book is not active yet: its vouchers are accepted only afterwards.
distributor-warn-early = Its vouchers are accepted only from { $day } on.
distributor-warn-ends = { $count ->
    [0] Please note: this is the last day to use these vouchers.
    [one] Please note: only one day is left to use these vouchers.
   *[other] Please note: only { $count } days are left to use these vouchers.
}
distributor-given = Book { $book } is handed over
distributor-given-advice = You can give the book. The letter explains how and where to use it.
distributor-letter-go = Print the letter
distributor-not-known = Not known
distributor-age = Age
distributor-age-under-12 = Under 12
distributor-age-12 = 12 to 17
distributor-age-18 = 18 to 24
distributor-age-25 = 25 to 39
distributor-age-40 = 40 to 59
distributor-age-60 = 60 to 69
distributor-age-70 = 70 and over
distributor-gender = Gender
distributor-gender-woman = Woman
distributor-gender-man = Man
distributor-situation = Situation
distributor-situation-in-education = At school or in training
distributor-situation-employed = Employed
distributor-situation-unemployed = Without a job
distributor-situation-retired = Retired
distributor-need = Main need
distributor-receive-lead = Scan the first book, then the last. This also moves books from one of your points to another.
distributor-receive-site = Point that receives the books
distributor-first = First book
distributor-last = Last book
distributor-last-hint = Leave empty for a single book.
distributor-last-before = The last book comes before the first.
distributor-last-far = There are more than { $count } books between the two. Receive them in several parts.
distributor-look = Check
distributor-preview-caption = What you are about to receive
distributor-part-ready = Can be received
distributor-part-here = In this stock already
distributor-part-stuck = Cannot be received: { $custody }
distributor-part-replaced = Replaced by a new book: worth nothing any more
distributor-part-unknown = Unknown, or with somebody else
distributor-alone = Take only these
distributor-preview-stuck = These numbers cannot be received as they are. Change them, or take only the books that can be.
distributor-receive-now = Receive these books
distributor-receive-change = Change the numbers
distributor-find = Number of the book
distributor-find-lead = Where a book is, what it contains, what can be done with it.
distributor-find-go = Find
distributor-book = Book
distributor-is-in-stock = It is with you and can be handed over.
distributor-is-handed-over = Somebody received it. Nobody knows here who, or where it is used.
distributor-is-away = It is in no stock.
distributor-is-lost = Its blocked vouchers are accepted nowhere.
distributor-is-destroyed = It is worth nothing any more.
distributor-replaced-by = Book { $book } replaces it.
distributor-vouchers-title = Its vouchers
distributor-way = What happened
distributor-way-ordered = Ordered by the funder
distributor-way-received = Received: { $site }
distributor-way-received-elsewhere = Received by another organisation
distributor-way-given = Handed over: { $site }
distributor-way-given-elsewhere = Handed over by another organisation
distributor-way-blocked = Blocked
distributor-way-blocked-lost = Blocked, because it is lost
distributor-way-blocked-stolen = Blocked, because it was stolen
distributor-way-replaces = Printed to replace book { $book }
distributor-do = What to do
distributor-move = Move to another point
distributor-move-to = New point
distributor-move-now = Send to this point
distributor-return = Give back
distributor-return-text = The book goes back to the operator, for example because it will not be used. What it is worth does not change.
distributor-return-now = Give this book back
distributor-lose = Lost or stolen
distributor-lose-text = The book will be blocked at once.
distributor-lose-go = Declare lost or stolen
distributor-lost-means = As soon as you confirm, nobody can use this book any more.
distributor-lost-means-more = Its remaining vouchers can be replaced by a new book. If it is found before, you can unblock it.
distributor-reason = What happened?
distributor-reason-lost = It is lost
distributor-reason-stolen = It was stolen
distributor-lose-now = Block this book
distributor-found = Found again
distributor-found-text = The book is unblocked, then goes back into one of your stocks.
distributor-found-now = It is found
distributor-replace = Replace it
distributor-replace-text = A new book can take over the vouchers that are left. Ask the operator for it with the number of this book: the number of the new one will be shown here.
distributor-letter = Letter of book
distributor-letter-print = To print: the keys Ctrl and P, or the menu of your browser. The letter fits on one page.
distributor-letter-title = Here are your vouchers for digital help
distributor-letter-until = Use until
distributor-letter-what = These vouchers pay for help with a computer, a telephone or the internet. You have nothing to pay.
distributor-letter-for = What for?
distributor-letter-how = What to do?
distributor-letter-call = Choose a place. Telephone to make an appointment.
distributor-letter-go-there = Go there with your book.
distributor-letter-pay = Give one voucher. A voucher is used only once.
distributor-letter-where = Where to go?
distributor-letter-nowhere = Ask the person who gives you this letter for the address of a place.
distributor-letter-phone = Telephone:
distributor-letter-appointments = Appointments on the internet:
distributor-letter-mail = E-mail:
distributor-letter-hours = { $days }: { $times }
distributor-letter-list = Other places:
distributor-letter-lost = Lost the book? Come back to us with this number:
distributor-statistics-lead = What was answered at hand-overs. These are totals by month: no answer is tied to a book or a person.
distributor-month = Month
distributor-all-sites = All points
distributor-statistics-show = Show
distributor-statistics-none = No hand-over was counted in this month.
distributor-statistics-csv = The last twelve months as CSV
distributor-question = Question
distributor-answer = Answer
distributor-number = Number
distributor-few = fewer than { $count }
distributor-cover = The code of the cover
distributor-cover-lead = This code records that the book is handed over. It cannot pay.
distributor-cover-bearer = Did you receive this book?
distributor-cover-bearer-text = Your vouchers are inside. Go to a place of the list and give a voucher there.
distributor-cover-giver = Are you handing this book over?
distributor-cover-giver-go = Record the hand-over
