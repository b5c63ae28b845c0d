# Places of help.
near-label = Your town, postcode or department
near-hint = For example: Guéret, 23000 or Creuse
near-unknown = We do not know this place. Check the spelling, or type a postcode of five digits.
near-ask = Search
venues-here = In this town
venues-department = In the department
venues-elsewhere = Further away
venue-appointments = Make an appointment
venue-website = Website
venue-accessibility = Accessibility of the place
hours-every-day = every day
hours-pair = { $first } and { $last }
hours-range = { $first } to { $last }
hours-between = { $from } to { $to }
hours-all-day = 24 hours a day
hours-other-days = other days
hours-holidays = public holidays
hours-closed = closed
offering-procedures = Help with administrative procedures
offering-everyday-tools = Everyday digital tools
offering-employment = Looking for work online
offering-safety = Safe use of digital tools
offering-parenthood = Parenthood and education
offering-leisure = Leisure and creation
offering-culture = Understanding the digital world
offering-access = Internet access and computers
offering-equipment = Computers at a solidarity price
venues-title = Where to use the vouchers
venues-none = No place takes vouchers here yet.
venues-count = { $count ->
    [one] One help centre takes the vouchers.
   *[other] { $count } help centres take the vouchers.
}
venues-left-out = { $count ->
    [one] One more place is not shown. Type your town to see the nearest.
   *[other] { $count } more places are not shown. Type your town to see the nearest.
}
venues-open-data = Open data
venues-open-data-text = The list in the French national format for places of digital help (version 1.0.2). Places whose address is not known are not in it.
venues-csv = The list as CSV
venues-json = The list as JSON
map-title = Map: { $department }
map-said = { $count ->
    [one] One venue
   *[other] { $count } venues
}: { $towns }
map-link = { $department }: { $count ->
    [one] one venue
   *[other] { $count } venues
}
map-legend = Each dot is a town where vouchers can be used; the bigger it is, the more venues there are. All of them are in the list.
map-source = Outlines: IGN, Admin Express; town halls: Service-Public.fr (DILA). Licence Ouverte 2.0.
