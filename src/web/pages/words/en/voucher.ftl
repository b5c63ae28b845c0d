# The page of whoever holds a voucher.
voucher-unknown = This voucher is not known here
voucher-unknown-advice = The address that was read is not one of our vouchers. Point your camera at the black and white square again, with the paper flat, or show the voucher to the person who gave it to you.
voucher-forged = This voucher is not genuine
voucher-forged-advice = It was not issued by any organisation that we know and will be taken nowhere. Ask the person who gave it to you for advice.
voucher-specimen = This is a specimen
voucher-specimen-advice = This voucher is a model. It is worth nothing and pays for nothing.
voucher-elsewhere = This voucher is followed on another site
voucher-elsewhere-advice = It is still good. All about it is now here: { $address }
voucher-active = This voucher is genuine and can be used
voucher-active-advice = Keep it like cash: whoever shows it can use it. Do not publish a photo of it.
voucher-early = This voucher is genuine, but not valid yet
voucher-early-advice = You can use it from the date below.
voucher-late = This voucher is past its date, but still accepted
voucher-late-advice = Use it soon: help centres take it until { $day }.
voucher-used = This voucher has already been used
voucher-used-advice = It was used once and cannot be used again. If it was not you, talk to the person who gave it to you.
voucher-blocked = This voucher is blocked
voucher-blocked-advice = It cannot be used for now. Ask the person who gave it to you why.
voucher-replaced = This voucher was replaced
voucher-replaced-advice = A new book takes its place. Use the vouchers of the new book.
voucher-inactive = This voucher is genuine, but cannot be used yet
voucher-inactive-advice = It can be once its book is handed over or its order is active. Ask the person who gave it to you.
voucher-lapsed = This voucher is no longer valid
voucher-lapsed-advice = Its date is past and nobody takes it any more.
voucher-worth = Worth
voucher-from = Valid from
voucher-until = Valid until
voucher-areas = Where
voucher-campaign = Scheme
voucher-anywhere = Anywhere in France
voucher-areas-more = { $areas } and { $count ->
    [one] one more area
   *[other] { $count } more areas
}
voucher-offerings = What it can pay for
voucher-where = Where to use it
voucher-nowhere = No place takes it for now. Ask the person who gave it to you.
voucher-left-out = { $count ->
    [one] One more place, further away, takes it too.
   *[other] { $count } more places, further away, take it too.
}
