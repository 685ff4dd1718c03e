package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// message is one envelope as a handler or a requester gets it: null and empty texts are absent, defaults are filled in.
type message struct {
	MessageID       string          `json:"message_id"`
	Payload         json.RawMessage `json:"payload"`
	ThreadID        string          `json:"thread_id"`
	Kind            string          `json:"kind"`
	SchemaVersion   string          `json:"schema_version"`
	FromAgent       string          `json:"from_agent,omitempty"`
	FromAccountID   string          `json:"from_account_id,omitempty"`
	FromSessionTag  string          `json:"from_session_tag,omitempty"`
	ToAgent         string          `json:"to_agent,omitempty"`
	ToAccountID     string          `json:"to_account_id,omitempty"`
	TraceID         string          `json:"trace_id,omitempty"`
	ParentMessageID string          `json:"parent_message_id,omitempty"`
	IdempotencyKey  string          `json:"idempotency_key,omitempty"`

	// expiresAt is in milliseconds since 1970, NaN without a usable deadline.
	expiresAt float64
	replyTo   string
}

var envelopeFields = []string{
	"message_id", "from_agent", "from_account_id", "from_session_tag", "to_agent", "to_account_id", "sent_at", "ttl_ms",
	"expires_at", "trace_id", "thread_id", "parent_message_id", "kind", "schema_version", "idempotency_key",
}

// decode reads one body. What breaks the schema comes back with the ids that a refusal needs, each only if it is well formed.
func (s *specification) decode(body []byte, replyTo string) (*message, *refusal) {
	if !s.valid("InboxTail", strings.TrimPrefix(replyTo, "_INBOX.")) || !strings.HasPrefix(replyTo, "_INBOX.") {
		replyTo = ""
	}
	if int64(len(body)) > s.limit("messageMaxBytes") {
		return s.salvage(body, replyTo), s.refuse("payload_too_large")
	}
	raw, isObject := s.objectIn(body)
	if !isObject {
		return s.salvage(body, replyTo), s.refuse("bad_message")
	}
	fields := map[string]any{}
	for _, name := range envelopeFields {
		text, isThere := raw[name]
		if !isThere {
			continue
		}
		var value any
		if hasLoneSurrogate(text) || json.Unmarshal(text, &value) != nil {
			return s.salvage(body, replyTo), s.refuse("bad_message")
		}
		fields[name] = value
	}
	if !s.valid("Message", fields) {
		return s.salvage(body, replyTo), s.refuse("bad_message")
	}
	return toMessage(fields, raw["payload"], replyTo), nil
}

// objectIn takes a body apart, without touching its members; nothing at all counts as an empty object.
func (s *specification) objectIn(body []byte) (map[string]json.RawMessage, bool) {
	if len(body) == 0 {
		return map[string]json.RawMessage{}, true
	}
	if !utf8.Valid(body) || depthOf(body) > s.limit("jsonMaxDepth") {
		return nil, false
	}
	var raw map[string]json.RawMessage
	return raw, json.Unmarshal(body, &raw) == nil && raw != nil
}

// salvage saves the ids of what cannot be read as a message. Without a message id nobody could place a receipt.
func (s *specification) salvage(body []byte, replyTo string) *message {
	raw, _ := s.objectIn(body)
	saved := map[string]any{}
	save := func(name, schema string) {
		var value any
		if text, isThere := raw[name]; isThere && !hasLoneSurrogate(text) && json.Unmarshal(text, &value) == nil && s.valid(schema, value) {
			saved[name] = value
		}
	}
	for _, name := range []string{"message_id", "trace_id", "thread_id", "parent_message_id"} {
		save(name, "IdText")
	}
	save("from_agent", "Label")
	if saved["message_id"] != nil && saved["message_id"] != "" {
		save("from_account_id", "AccountId")
	}
	return toMessage(saved, nil, replyTo)
}

// toMessage fills in what has a default; the fields obey the schema.
func toMessage(fields map[string]any, payload json.RawMessage, replyTo string) *message {
	text := func(name string) string {
		value, _ := fields[name].(string)
		return value
	}
	found := &message{
		MessageID: text("message_id"), Payload: payload, ThreadID: text("thread_id"), Kind: text("kind"),
		SchemaVersion: text("schema_version"), FromAgent: text("from_agent"), FromAccountID: text("from_account_id"),
		FromSessionTag: text("from_session_tag"), ToAgent: text("to_agent"), ToAccountID: text("to_account_id"),
		TraceID: text("trace_id"), ParentMessageID: text("parent_message_id"), IdempotencyKey: text("idempotency_key"),
		expiresAt: expiryOf(fields), replyTo: replyTo,
	}
	if found.Payload == nil {
		found.Payload = json.RawMessage("null")
	}
	if found.Kind == "" {
		found.Kind = "direct"
	}
	if number, isNumber := fields["schema_version"].(float64); isNumber {
		found.SchemaVersion = strconv.FormatFloat(number, 'f', -1, 64)
	}
	if found.SchemaVersion == "" {
		found.SchemaVersion = "1.0"
	}
	if found.ThreadID == "" {
		found.ThreadID = threadOf(firstOf(found.TraceID, found.MessageID, freshID()))
	}
	return found
}

func threadOf(trace string) string { return "thread_" + strings.ToLower(trace) }

// expiryOf is the earlier of expires_at and sent_at + ttl_ms, of those that can be read.
func expiryOf(fields map[string]any) float64 {
	stated := instantOf(fields["expires_at"])
	sent := instantOf(fields["sent_at"])
	ttl, hasTTL := fields["ttl_ms"].(float64)
	if !hasTTL || math.IsNaN(sent) {
		return stated
	}
	computed := sent + math.Max(0, ttl)
	if math.IsNaN(stated) {
		return computed
	}
	return math.Min(stated, computed)
}

// instantOf reads RFC 3339, a missing zone meaning UTC; NaN for what is no instant.
func instantOf(value any) float64 {
	text, _ := value.(string)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return float64(at.UnixMilli())
		}
	}
	return math.NaN()
}

// depthOf counts the deepest nesting without reading the values.
func depthOf(body []byte) int64 {
	var depth, deepest int64
	inText := false
	for index := 0; index < len(body); index++ {
		switch at := body[index]; {
		case inText && at == '\\':
			index++
		case at == '"':
			inText = !inText
		case !inText && (at == '[' || at == '{'):
			depth++
			deepest = max(deepest, depth)
		case !inText && (at == ']' || at == '}'):
			depth--
		}
	}
	return deepest
}

// hasLoneSurrogate looks for what Go's decoder would replace silently.
func hasLoneSurrogate(text []byte) bool {
	units := escapesIn(text)
	for index := 0; index < len(units); index++ {
		unit := units[index]
		isHigh := unit.value >= 0xd800 && unit.value < 0xdc00
		if isHigh && index+1 < len(units) {
			next := units[index+1]
			if next.at == unit.at+6 && next.value >= 0xdc00 && next.value < 0xe000 {
				index++
				continue
			}
		}
		if unit.value >= 0xd800 && unit.value < 0xe000 {
			return true
		}
	}
	return false
}

type escape struct {
	at    int
	value uint64
}

// escapesIn lists the \uXXXX of a JSON text.
func escapesIn(text []byte) []escape {
	var found []escape
	for index := 0; index+1 < len(text); index++ {
		if text[index] != '\\' {
			continue
		}
		if text[index+1] == 'u' && index+6 <= len(text) {
			if value, err := strconv.ParseUint(string(text[index+2:index+6]), 16, 32); err == nil {
				found = append(found, escape{index, value})
				index += 4
			}
		}
		index++
	}
	return found
}

// unsayable says why a payload may not be sent, or nothing.
func (s *specification) unsayable(payload json.RawMessage) string {
	switch {
	case !json.Valid(payload) || !utf8.Valid(payload):
		return "the payload is no JSON"
	case hasLoneSurrogate(payload):
		return "the payload holds a lone surrogate"
	case depthOf(payload) >= s.limit("jsonMaxDepth"):
		return "the payload is nested too deeply"
	}
	for _, unit := range escapesIn(payload) {
		if unit.value == 0 {
			return "the payload holds U+0000"
		}
	}
	return ""
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func samePayload(one, other json.RawMessage) bool {
	var first, second bytes.Buffer
	return json.Compact(&first, one) == nil && json.Compact(&second, other) == nil && bytes.Equal(first.Bytes(), second.Bytes())
}
