# What stands around every page.
frame-skip = Skip to content
frame-pages = Pages
frame-other-language = Français
frame-promise = No beneficiary’s name is recorded here, anywhere. This page sets no cookie.
frame-venues = Where to use vouchers
frame-solvency = The money behind the vouchers
frame-accessibility = Accessibility: not conformant
frame-legal = Legal notice
frame-sign-in = Sign in
frame-promise-names = No beneficiary’s name is recorded here, anywhere.
