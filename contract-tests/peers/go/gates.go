package main

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// What is remembered of senders and messages is dropped in one go beyond this: a peer that lives for one scenario needs no better.
const mostRemembered = 100_000

var integer = regexp.MustCompile(`^[+-]?[0-9]+$`)

// refusedVersion compares the integer before the first dot.
func refusedVersion(spec *specification, version string) string {
	major, _, _ := strings.Cut(strings.TrimSpace(version), ".")
	major = strings.TrimSpace(major)
	if !integer.MatchString(major) {
		return "schema_version_invalid"
	}
	number, err := strconv.ParseInt(major, 10, 64)
	if err != nil || number != spec.limit("supportedSchemaMajor") {
		return "unsupported_schema_version"
	}
	return ""
}

func refusedExpiry(found *message, now time.Time) string {
	switch {
	case math.IsNaN(found.expiresAt):
		return "missing_ttl"
	case float64(now.UnixMilli()) >= found.expiresAt:
		return "expired"
	}
	return ""
}

// senderOf is who a rate, a failure and a message id are counted for.
func senderOf(found *message) string {
	return firstOf(found.FromAccountID, found.FromSessionTag, found.FromAgent, "unknown")
}

// memory knows the messages that were accepted and have not failed since, per sender.
type memory struct {
	ttl  time.Duration
	ids  map[string]time.Time
	keys map[string]usedKey
}

type usedKey struct {
	until   time.Time
	payload json.RawMessage
}

func newMemory(options joinOptions) *memory {
	return &memory{time.Duration(*options.DedupeTTLMs) * time.Millisecond, map[string]time.Time{}, map[string]usedKey{}}
}

func idOf(found *message) string  { return senderOf(found) + "\n" + found.MessageID }
func keyOf(found *message) string { return senderOf(found) + "\n" + found.IdempotencyKey }

func (m *memory) repetition(spec *specification, found *message, now time.Time) *refusal {
	if found.MessageID != "" && now.Before(m.ids[idOf(found)]) {
		return spec.refuse("duplicate")
	}
	used, isUsed := m.keys[keyOf(found)]
	if found.IdempotencyKey == "" || !isUsed || !now.Before(used.until) {
		return nil
	}
	if !samePayload(used.payload, found.Payload) {
		return spec.refuse("idempotency_key_reused")
	}
	return &refusal{"duplicate", spec.codes["duplicate"].IdempotencyDetail}
}

func (m *memory) remember(found *message) {
	if len(m.ids)+len(m.keys) > mostRemembered {
		clear(m.ids)
		clear(m.keys)
	}
	until := time.Now().Add(m.ttl)
	if found.MessageID != "" {
		m.ids[idOf(found)] = until
	}
	if found.IdempotencyKey != "" {
		m.keys[keyOf(found)] = usedKey{until, found.Payload}
	}
}

func (m *memory) forget(found *message) {
	delete(m.ids, idOf(found))
	delete(m.keys, keyOf(found))
}

// rates are token buckets, one per sender.
type rates struct {
	perSecond, burst float64
	buckets          map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newRates(spec *specification, options joinOptions) *rates {
	perSecond := float64(spec.limit("rateLimitPerSecond"))
	if string(options.RateLimitPerSecond) == "null" {
		perSecond = math.Inf(1)
	} else if len(options.RateLimitPerSecond) > 0 {
		_ = json.Unmarshal(options.RateLimitPerSecond, &perSecond)
	}
	return &rates{perSecond, float64(*options.RateLimitBurst), map[string]*bucket{}}
}

func (r *rates) take(sender string, now time.Time) bool {
	if math.IsInf(r.perSecond, 1) {
		return true
	}
	found := r.buckets[sender]
	if found == nil {
		if len(r.buckets) > mostRemembered {
			clear(r.buckets)
		}
		found = &bucket{r.burst, now}
		r.buckets[sender] = found
	}
	found.tokens = math.Min(r.burst, found.tokens+now.Sub(found.at).Seconds()*r.perSecond)
	found.at = now
	if found.tokens < 1 {
		return false
	}
	found.tokens--
	return true
}

// breakers are circuits, one per sender: closed, open until an instant, then half open for one probe.
type breakers struct {
	failures int64
	reset    time.Duration
	circuits map[string]*circuit
}

type circuit struct {
	failed    int64
	openUntil time.Time
	isProbing bool
}

func newBreakers(options joinOptions) *breakers {
	reset := time.Duration(*options.BreakerResetMs) * time.Millisecond
	return &breakers{*options.BreakerFailures, reset, map[string]*circuit{}}
}

func (b *breakers) isOpen(sender string, now time.Time) bool {
	found := b.circuits[sender]
	return found != nil && now.Before(found.openUntil)
}

func (b *breakers) refuses(sender string, now time.Time) bool {
	found := b.circuits[sender]
	return found != nil && (now.Before(found.openUntil) || found.isProbing)
}

// admit makes the first message after the reset the probe.
func (b *breakers) admit(sender string) {
	if found := b.circuits[sender]; found != nil && !found.openUntil.IsZero() {
		found.isProbing = true
	}
}

// giveBack frees the place of a probe that never ran.
func (b *breakers) giveBack(sender string) {
	if found := b.circuits[sender]; found != nil {
		found.isProbing = false
	}
}

// note counts failures in a row; a success closes the circuit.
func (b *breakers) note(sender string, succeeded bool, now time.Time) {
	if succeeded {
		delete(b.circuits, sender)
		return
	}
	found := b.circuits[sender]
	if found == nil {
		found = &circuit{}
		b.circuits[sender] = found
	}
	found.failed++
	if found.failed >= b.failures || found.isProbing {
		found.openUntil, found.failed, found.isProbing = now.Add(b.reset), 0, false
	}
}
