package main

import (
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// receipt is what a receiver says became of a message.
type receipt struct {
	MessageID      string `json:"message_id"`
	Status         string `json:"status"`
	Code           string `json:"code"`
	Detail         string `json:"detail"`
	FromAccountID  string `json:"from_account_id"`
	FromSessionTag string `json:"from_session_tag"`
}

func wordOf(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

func (r *receipt) isDuplicate() bool { return r.Status == "rejected" && wordOf(r.Code) == "duplicate" }

// failure says why the receipt is none of a success; a duplicate is one, the receiver has an earlier copy.
func (r *receipt) failure() error {
	if r.Status != "rejected" || r.isDuplicate() {
		return nil
	}
	return &failure{code: "delivery_rejected", detail: r.Code + ": " + r.Detail, remoteCode: wordOf(r.Code), remoteDetail: r.Detail}
}

// expectation is something that arrives at most once.
type expectation struct {
	once  sync.Once
	ready chan struct{}
	value *receipt
}

func newExpectation() *expectation { return &expectation{ready: make(chan struct{})} }

func (e *expectation) arrive(value *receipt) {
	e.once.Do(func() {
		e.value = value
		close(e.ready)
	})
}

// within waits up to that many milliseconds; nil when nothing came, and one may wait again.
func (e *expectation) within(ms int64) *receipt {
	select {
	case <-e.ready:
		return e.value
	default:
	}
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-e.ready:
		return e.value
	case <-timer.C:
		return nil
	}
}

// delivery is one message's wait: for the receipt that says it was taken, and for the one that ends the work.
type delivery struct {
	accountID   string
	first, last *expectation
	mutex       sync.Mutex
	// holders are the sessions that accepted a copy and have not given it back.
	holders               map[string]bool
	wasAccepted, unusable bool
}

func (d *delivery) take(given receipt) {
	if given.FromAccountID != "" && d.accountID != "" && given.FromAccountID != d.accountID {
		return
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	given.Status = wordOf(given.Status)
	holder := given.FromAccountID + " " + given.FromSessionTag
	switch {
	case given.Status == "accepted":
		d.wasAccepted = true
		d.holders[holder] = true
	case given.Status == "processed":
		d.last.arrive(&given)
	case given.Status != "rejected":
		d.unusable = true
		return
	case !given.isDuplicate():
		// A rejection by a session that holds no copy says nothing about the one that does.
		held := d.holders[holder]
		delete(d.holders, holder)
		if len(d.holders) == 0 && (held || !d.wasAccepted) {
			d.last.arrive(&given)
		}
	}
	d.first.arrive(&given)
}

func (d *delivery) isUnusable() bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.unusable
}

// receiptDesk tells apart whose receipts are whose: every session of the account hears all of them.
type receiptDesk struct {
	mutex   sync.Mutex
	awaited map[string]*delivery
}

func newReceiptDesk() *receiptDesk { return &receiptDesk{awaited: map[string]*delivery{}} }

func (d *receiptDesk) expect(messageID, accountID string) *delivery {
	found := &delivery{accountID: accountID, first: newExpectation(), last: newExpectation(), holders: map[string]bool{}}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.awaited[messageID] = found
	return found
}

func (d *receiptDesk) forget(messageID string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	delete(d.awaited, messageID)
}

// deliver ignores what is malformed: anybody may publish there.
func (d *receiptDesk) deliver(spec *specification, body []byte) {
	var value any
	var given receipt
	if json.Unmarshal(body, &value) != nil || !spec.valid("Receipt", value) || json.Unmarshal(body, &given) != nil {
		return
	}
	d.mutex.Lock()
	awaited := d.awaited[given.MessageID]
	d.mutex.Unlock()
	if awaited != nil {
		awaited.take(given)
	}
}

// replyMux tells replies apart by the last token of the subject they come on.
type replyMux struct {
	prefix  string
	mutex   sync.Mutex
	awaited map[string]chan *nats.Msg
}

func newReplyMux(a *agent) *replyMux {
	session := a.sessionTag
	if !a.spec.valid("SubjectToken", session) {
		session = newID()
	}
	return &replyMux{prefix: "_INBOX.agentnet." + session + ".", awaited: map[string]chan *nats.Msg{}}
}

func (m *replyMux) expect() (string, <-chan *nats.Msg) {
	subject, replies := m.prefix+newID(), make(chan *nats.Msg, 1)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.awaited[subject] = replies
	return subject, replies
}

func (m *replyMux) forget(subject string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	delete(m.awaited, subject)
}

// deliver takes the first reply; later ones find no room.
func (m *replyMux) deliver(raw *nats.Msg) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	select {
	case m.awaited[raw.Subject] <- raw:
	default:
	}
}
