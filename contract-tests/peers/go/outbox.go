package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// draft is what a message says, besides who writes to whom.
type draft struct {
	kind, traceID, threadID, parentID, idempotencyKey string
	ttlMs                                             int64
	payload                                           json.RawMessage
}

// draftOf reads what a command says about its message.
func (a *agent) draftOf(given command, kind string) (*draft, error) {
	found := &draft{
		kind: kind, payload: given.Payload, traceID: given.TraceID, threadID: given.ThreadID,
		parentID: given.ParentMessageID, ttlMs: *a.options.DefaultTTLMs,
	}
	if given.PayloadText != nil {
		found.payload = json.RawMessage(*given.PayloadText)
	}
	if found.payload == nil {
		found.payload = json.RawMessage("null")
	}
	if why := a.spec.unsayable(found.payload); why != "" {
		return nil, &failure{code: "invalid_payload", detail: why}
	}
	if given.TTLMs != nil {
		found.ttlMs = *given.TTLMs
	}
	if least := a.spec.limit("ttlMsMin"); found.ttlMs < least {
		return nil, &failure{code: "invalid_option", detail: fmt.Sprintf("ttl_ms must be >= %d, got %d", least, found.ttlMs)}
	}
	if given.IdempotencyKey != nil {
		found.idempotencyKey = strings.TrimSpace(*given.IdempotencyKey)
		if found.idempotencyKey == "" {
			return nil, &failure{code: "invalid_option", detail: "idempotency_key must not be blank"}
		}
	}
	return found, nil
}

// write makes the envelope. Optional fields that are not set are left out.
func (a *agent) write(draft *draft, toAgent, toAccountID string) (string, []byte, error) {
	id, now := newID(), time.UnixMilli(time.Now().UnixMilli())
	trace := firstOf(draft.traceID, id)
	fields := map[string]any{
		"message_id": id, "from_agent": a.options.AgentID, "from_account_id": a.accountID,
		"from_session_tag": a.sessionTag, "to_agent": toAgent, "payload": nil, "sent_at": timestamp(now),
		"ttl_ms": draft.ttlMs, "expires_at": timestamp(time.UnixMilli(now.UnixMilli() + draft.ttlMs)), "trace_id": trace,
		"thread_id": firstOf(draft.threadID, threadOf(trace)), "kind": draft.kind,
		"schema_version": fmt.Sprintf("%d.%d", a.spec.limit("supportedSchemaMajor"), a.spec.limit("schemaMinor")),
	}
	for name, value := range map[string]string{
		"to_account_id": toAccountID, "parent_message_id": draft.parentID, "idempotency_key": draft.idempotencyKey,
	} {
		if value != "" {
			fields[name] = value
		}
	}
	if !a.spec.valid("SentMessage", fields) {
		return "", nil, &failure{code: "invalid_option", detail: "a field of the message is out of range"}
	}
	fields["payload"] = draft.payload
	body := encode(fields)
	if most := a.spec.limit("messageMaxBytes"); int64(len(body)) > most {
		return "", nil, &failure{code: "message_too_large", detail: fmt.Sprintf("%d bytes, at most %d are allowed", len(body), most)}
	}
	return id, body, nil
}

// send publishes identical bytes until a receipt decides.
func (a *agent) send(given command) (map[string]any, error) {
	to, err := a.resolve(given)
	if err != nil {
		return nil, err
	}
	draft, err := a.draftOf(given, "direct")
	if err != nil {
		return nil, err
	}
	id, body, err := a.write(draft, to.toAgent, to.accountID)
	if err != nil {
		return nil, err
	}
	sent := map[string]any{"saw": "sent", "message_id": id}
	if given.Wait == "none" {
		if err := a.nats.Publish(to.subject, body); err != nil {
			return nil, &failure{code: "connection_closed", detail: err.Error()}
		}
		return sent, nil
	}
	delivery := a.desk.expect(id, to.accountID)
	defer a.desk.forget(id)
	first, err := a.publishUntilReceipt(to.subject, body, delivery)
	if err != nil {
		return nil, err
	}
	if err := first.failure(); err != nil {
		return nil, err
	}
	if given.Wait == "processed" {
		err = a.awaitProcessed(given, first, delivery)
	}
	return sent, err
}

func (a *agent) publishUntilReceipt(subject string, body []byte, delivery *delivery) (*receipt, error) {
	published := 0
	for attempt := int64(0); attempt <= *a.options.RetryAttempts; attempt++ {
		pause := min(a.spec.limit("sendRetryBackoffMs")*attempt, a.spec.limit("sendRetryBackoffMaxMs"))
		if late := delivery.first.within(pause); late != nil {
			return late, nil
		}
		if a.nats.Publish(subject, body) == nil {
			published++
		}
		if first := delivery.first.within(*a.options.ReceiptTimeoutMs); first != nil {
			return first, nil
		}
	}
	switch {
	case delivery.isUnusable():
		return nil, &failure{code: "delivery_ack_unusable", detail: "only receipts of unknown status came"}
	case published == 0:
		return nil, &failure{code: "connection_closed", detail: "the connection was down; nothing was sent"}
	}
	return nil, &failure{code: "delivery_ack_timeout", detail: fmt.Sprintf("no receipt after %d attempts", published)}
}

func (a *agent) awaitProcessed(given command, first *receipt, delivery *delivery) error {
	byKey := a.spec.codes["duplicate"].IdempotencyDetail
	if first.isDuplicate() && strings.EqualFold(strings.TrimSpace(first.Detail), byKey) {
		// The receipts of the message that used the key first carry its id; none will come for this one.
		return &failure{code: "outcome_unknown", detail: "another message used the key", remoteCode: "duplicate", remoteDetail: first.Detail}
	}
	timeout := a.spec.limit("processedTimeoutMs")
	if given.ProcessedTimeoutMs > 0 {
		timeout = int64(given.ProcessedTimeoutMs)
	}
	last := delivery.last.within(timeout)
	if last == nil {
		return &failure{code: "processed_timeout", detail: "accepted, but no final receipt came"}
	}
	return last.failure()
}

// ask publishes a request once and takes the first reply.
func (a *agent) ask(given command) (map[string]any, error) {
	to, err := a.resolve(given)
	if err != nil {
		return nil, err
	}
	draft, err := a.draftOf(given, "request")
	if err != nil {
		return nil, err
	}
	id, body, err := a.write(draft, to.toAgent, to.accountID)
	if err != nil {
		return nil, err
	}
	subject, replies := a.replies.expect()
	defer a.replies.forget(subject)
	delivery := a.desk.expect(id, to.accountID)
	defer a.desk.forget(id)
	if err := a.nats.PublishRequest(to.subject, subject, body); err != nil {
		return nil, &failure{code: "connection_closed", detail: err.Error()}
	}
	timeout := int64(given.TimeoutMs)
	if timeout == 0 {
		timeout = a.spec.limit("requestTimeoutMs")
	}
	reply, err := a.firstReply(to, delivery, replies, time.Duration(timeout)*time.Millisecond)
	if err != nil {
		return nil, err
	}
	return map[string]any{"saw": "reply", "message": reply}, nil
}

// firstReply waits; when nothing has come for a while, the registry is asked whether anybody is there.
func (a *agent) firstReply(to *target, delivery *delivery, replies <-chan *nats.Msg, timeout time.Duration) (*message, error) {
	deadline := time.After(timeout)
	silence := time.After(time.Duration(a.spec.limit("presenceProbeDelayMs")) * time.Millisecond)
	offline := make(chan bool, 1)
	for {
		select {
		case raw := <-replies:
			return a.read(raw)
		case <-silence:
			go func() { offline <- delivery.first.within(0) == nil && a.isOffline(to) }()
		case isOffline := <-offline:
			if isOffline && delivery.first.within(0) == nil {
				return nil, &failure{code: "recipient_offline", detail: to.toAgent + " has no session online"}
			}
		case <-deadline:
			return nil, &failure{code: "request_timeout", detail: "no reply from " + to.toAgent}
		}
	}
}

func (a *agent) isOffline(to *target) bool {
	timeout := a.spec.limit("resolveTimeoutMs")
	if to.capability != "" {
		var found struct{ Results []any }
		asked := map[string]any{"capability": to.capability, "online_only": true, "limit": 1}
		return a.call("search", "SearchReply", timeout, asked, &found) == nil && len(found.Results) == 0
	}
	var found struct{ Profile struct{ Online bool } }
	err := a.call("profile", "ProfileReply", timeout, map[string]any{"account_id": to.accountID}, &found)
	if known, isKnown := err.(*failure); isKnown {
		return known.code == "not_found"
	}
	return err == nil && !found.Profile.Online
}

// read takes a reply apart; an error reply becomes an error with its code.
func (a *agent) read(raw *nats.Msg) (*message, error) {
	if raw.Header.Get("Status") == "503" {
		return nil, &failure{code: "recipient_offline", detail: "nobody listens"}
	}
	reply, refused := a.spec.decode(raw.Data, "")
	if refused != nil {
		return nil, &failure{code: "invalid_reply", detail: refused.detail}
	}
	if reply.Kind != "error" {
		return reply, nil
	}
	var told struct{ Error, Detail string }
	var payload any
	if json.Unmarshal(reply.Payload, &payload) != nil || !a.spec.valid("ErrorPayload", payload) || json.Unmarshal(reply.Payload, &told) != nil {
		return nil, &failure{code: "remote_error", detail: "the error reply has no readable payload"}
	}
	code := told.Error
	if _, isKnown := a.spec.codes[code]; !isKnown {
		code = "remote_error"
	}
	return nil, &failure{code: code, detail: told.Detail, remoteCode: told.Error, remoteDetail: told.Detail}
}
