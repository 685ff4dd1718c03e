package main

import (
	"crypto/rand"
	"encoding/hex"
	"math/big"
	"strings"
	"time"
)

// newID makes a UUIDv4 as 32 hex digits whose first 48 bits count milliseconds.
func newID() string {
	var bytes [16]byte
	_, _ = rand.Read(bytes[:])
	for at, now := 5, time.Now().UnixMilli(); at >= 0; at, now = at-1, now>>8 {
		bytes[at] = byte(now)
	}
	bytes[6] = bytes[6]&0x0f | 0x40
	bytes[8] = bytes[8]&0x3f | 0x80
	return hex.EncodeToString(bytes[:])
}

// freshID makes a ULID: 48 bits of milliseconds, 80 random ones.
func freshID() string {
	var bytes [10]byte
	_, _ = rand.Read(bytes[:])
	number := new(big.Int).Lsh(big.NewInt(time.Now().UnixMilli()), 80)
	number.Or(number, new(big.Int).SetBytes(bytes[:]))
	text := strings.ToUpper(number.Text(32))
	text = strings.Repeat("0", 26-len(text)) + text
	return strings.Map(func(digit rune) rune {
		const plain, crockford = "0123456789ABCDEFGHIJKLMNOPQRSTUV", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
		return rune(crockford[strings.IndexRune(plain, digit)])
	}, text)
}

// timestamp writes an instant as conforming peers do.
func timestamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
