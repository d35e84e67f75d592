"""The report of a comparison as one HTML page: no network, no script, charts drawn as SVG.

`page.page` takes the JSON of `socle compare`. Below it: sections (`opening`, `quality`, `costs`,
`lessons`, `trust`, `mistakes`, `method`) turn parts of that JSON into markup; charts (`charts`,
`curves`, `grids`) turn plain values into drawings; `svg`, `scales` and `placing` are what charts
are made of, `markup`, `reading` and `numbers` what sections are made of. Nothing here computes a
statistic: what the JSON does not say is not on the page.
"""
