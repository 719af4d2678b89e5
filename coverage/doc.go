// Package coverage says whether a certificate could have stayed unseen in a period, and why.
//
// A browser accepts a certificate only if two logs of two operators promised to show it (three logs where it is valid
// for more than 180 days). So what was not looked at in one log hides nothing by itself: it takes gaps in the logs of
// two operators, at the same time, that could hold one certificate:
//
//	        time of the SCT ──>
//	log A   ──────────▒▒▒▒▒▒▒▒▒▒──────────    ▒ not looked at: not followed, before its start, behind
//	log B   ─────▒▒▒──────▒▒▒▒────────────    A and B of two operators: what is in both gaps is a hole,
//	log C   ──────────────▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒    if both take certificates of one date of expiry
//
// Of makes logs of what the record holds, Judge finds the holes. Both are pure: the same input, the same answer. What
// the answer rests on stands in Assumptions and belongs beside it wherever it is shown.
package coverage
