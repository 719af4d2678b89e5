package certscan

import "time"

// Tags of the two kinds of Time (RFC 5280 section 4.1.2.5).
const (
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
)

// RawTime is a Time as written.
type RawTime struct {
	Tag   byte
	Value []byte
}

// validity reads the contents of Validity.
func (c *Certificate) validity(b []byte) {
	tag, value, rest, ok := next(b)
	if ok {
		c.NotBefore = RawTime{tag, value}
	}
	tag, value, rest, more := next(rest)
	if more {
		c.NotAfter = RawTime{tag, value}
	}
	if !ok || !more || len(rest) > 0 {
		c.Problems |= BadValidity
	}
}

// Time reads the time in every form that X.680 sections 46 and 47 allow (seconds left out, fractions, offsets from
// UTC) and not only the one of RFC 5280. A time without a zone is taken as UTC, and the years of a UTCTime are 1950
// to 2049 (RFC 5280 section 4.1.2.5.1). ok is false for anything else, dates that do not exist and years beyond 9999
// included.
func (t RawTime) Time() (at time.Time, ok bool) {
	p := timeParser{rest: t.Value, ok: true}
	year := 0
	switch t.Tag {
	case tagUTCTime:
		if year = p.digits(2) + 1900; year < 1950 {
			year += 100
		}
	case tagGeneralizedTime:
		year = p.digits(2)*100 + p.digits(2)
	default:
		return time.Time{}, false
	}
	month, day, hour := p.digits(2), p.digits(2), p.digits(2)
	minute, second, nanos := p.clock(t.Tag == tagGeneralizedTime)
	offset := p.zone()
	if !p.ok || len(p.rest) > 0 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	at = time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if at.Day() != day || int(at.Month()) != month { // time.Date goes on counting past the end of a month
		return time.Time{}, false
	}
	at = at.Add(-offset)
	return at, at.Year() >= 0 && at.Year() <= 9999
}

// timeParser reads a Time from the left. Once ok is false, what it gives means nothing.
type timeParser struct {
	rest []byte
	ok   bool
}

// atDigit says whether a digit is next.
func (p *timeParser) atDigit() bool {
	return len(p.rest) > 0 && p.rest[0] >= '0' && p.rest[0] <= '9'
}

// digits takes a number of exactly n digits.
func (p *timeParser) digits(n int) (value int) {
	for range n {
		if !p.atDigit() {
			p.ok = false
			return 0
		}
		value = value*10 + int(p.rest[0]-'0')
		p.rest = p.rest[1:]
	}
	return value
}

// clock takes what follows the hour: minutes, seconds and a fraction of a second. generalized allows the forms of
// GeneralizedTime: no minutes at all, and a fraction.
func (p *timeParser) clock(generalized bool) (minute, second, nanos int) {
	if !generalized || p.atDigit() {
		minute = p.digits(2)
		if p.atDigit() {
			second = p.digits(2)
			if generalized {
				nanos = p.fraction()
			}
		}
	}
	return minute, second, nanos
}

// fraction takes a decimal fraction of a second, in nanoseconds; further digits are dropped.
func (p *timeParser) fraction() (nanos int) {
	if len(p.rest) == 0 || p.rest[0] != '.' && p.rest[0] != ',' {
		return 0
	}
	p.rest = p.rest[1:]
	if !p.atDigit() {
		p.ok = false
	}
	for unit := 100_000_000; p.atDigit(); unit /= 10 {
		nanos += unit * p.digits(1)
	}
	return nanos
}

// zone takes what ends a Time: nothing, Z, or an offset of hours and minutes from UTC.
func (p *timeParser) zone() time.Duration {
	if len(p.rest) == 0 {
		return 0
	}
	sign := p.rest[0]
	p.rest = p.rest[1:]
	switch sign {
	case 'Z', 'z':
		return 0
	case '+', '-':
		offset := time.Duration(p.digits(2)) * time.Hour
		if len(p.rest) > 0 {
			offset += time.Duration(p.digits(2)) * time.Minute
		}
		if sign == '-' {
			offset = -offset
		}
		return offset
	}
	p.ok = false
	return 0
}
