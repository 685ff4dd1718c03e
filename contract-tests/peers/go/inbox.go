package main

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// inbox takes messages in: gates, queue, workers, receipts.
type inbox struct {
	agent         *agent
	subscriptions []*nats.Subscription
	memory        *memory
	breakers      *breakers
	rates         *rates

	mutex     sync.Mutex
	handling  handling
	released  chan struct{}
	waiting   []*job
	running   map[*job]bool
	isClosing bool
	// idle is closed when a closing inbox has no work left.
	idle chan struct{}
}

// job is one accepted message.
type job struct {
	message *message
	cancel  context.CancelCauseFunc
}

var (
	errTimedOut     = errors.New("the work timeout has passed")
	errShuttingDown = errors.New("the drain timeout has passed")
)

func newInbox(a *agent) *inbox {
	found := &inbox{
		agent: a, memory: newMemory(a.options), breakers: newBreakers(a.options), rates: newRates(a.spec, a.options),
		released: make(chan struct{}), running: map[*job]bool{}, idle: make(chan struct{}), handling: handling{How: "note"},
	}
	if len(a.options.Handle) > 0 {
		_ = json.Unmarshal(a.options.Handle, &found.handling)
	}
	return found
}

// open subscribes to the inbox and to each capability, in the groups that sessions share.
func (i *inbox) open() error {
	groups := map[string]string{"account." + i.agent.accountID + ".inbox": "agentnet-account-" + i.agent.accountID}
	for _, capability := range i.agent.options.Capabilities {
		groups["agent.capability."+capability] = "agentnet-capability-" + capability
	}
	for subject, group := range groups {
		subscription, err := i.agent.nats.QueueSubscribe(subject, group, i.receive)
		if err != nil {
			return err
		}
		i.subscriptions = append(i.subscriptions, subscription)
	}
	return nil
}

// receive lets one message through the gates or says why not.
func (i *inbox) receive(raw *nats.Msg) {
	found, refused := i.agent.spec.decode(raw.Data, raw.Reply)
	if refused != nil {
		i.refuse(found, refused)
		return
	}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if refused := i.firstRefusal(found); refused != nil {
		i.refuse(found, refused)
		return
	}
	i.memory.remember(found)
	i.breakers.admit(senderOf(found))
	i.receipt(found, "accepted", nil)
	i.waiting = append(i.waiting, &job{message: found})
	i.startWork()
}

// firstRefusal is the first gate that does not open; the order is the protocol's.
func (i *inbox) firstRefusal(found *message) *refusal {
	spec, sender, now := i.agent.spec, senderOf(found), time.Now()
	if code := refusedVersion(spec, found.SchemaVersion); code != "" {
		return spec.refuse(code)
	}
	if i.isClosing {
		return spec.refuse("shutting_down")
	}
	if i.breakers.refuses(sender, now) {
		return spec.refuse("service_degraded")
	}
	if code := refusedExpiry(found, now); code != "" {
		return spec.refuse(code)
	}
	if refused := i.memory.repetition(spec, found, now); refused != nil {
		return refused
	}
	if !i.rates.take(sender, now) {
		return spec.refuse("rate_limited")
	}
	if int64(len(i.running)) >= *i.agent.options.MaxConcurrency && int64(len(i.waiting)) >= *i.agent.options.MaxPending {
		return spec.refuse("busy")
	}
	return nil
}

// startWork gives waiting messages to free workers, first in, first out. The caller holds the mutex.
func (i *inbox) startWork() {
	for len(i.waiting) > 0 && int64(len(i.running)) < *i.agent.options.MaxConcurrency {
		next := i.waiting[0]
		i.waiting = i.waiting[1:]
		if code := i.overtaken(next.message); code != "" {
			i.end(next.message, i.agent.spec.refuse(code), false)
			continue
		}
		work, cancel := context.WithCancelCause(context.Background())
		next.cancel = cancel
		i.running[next] = true
		go i.run(work, next, i.handling, i.released)
	}
	if i.isClosing && len(i.waiting) == 0 && len(i.running) == 0 {
		select {
		case <-i.idle:
		default:
			close(i.idle)
		}
	}
}

// overtaken says why an accepted message can no longer be handled when its turn comes.
func (i *inbox) overtaken(found *message) string {
	if i.breakers.isOpen(senderOf(found), time.Now()) {
		return "service_degraded"
	}
	return refusedExpiry(found, time.Now())
}

func (i *inbox) run(work context.Context, job *job, how handling, released <-chan struct{}) {
	timer := time.AfterFunc(time.Duration(*i.agent.options.WorkTimeoutMs)*time.Millisecond, func() { job.cancel(errTimedOut) })
	err := i.act(work, job.message, how, released)
	timer.Stop()
	var refused *refusal
	if err != nil {
		code := "handler_error"
		switch cause := context.Cause(work); {
		case errors.Is(cause, errTimedOut):
			code = "timeout"
		case errors.Is(cause, errShuttingDown):
			code = "shutting_down"
		}
		refused = i.agent.spec.refuse(code)
	}
	job.cancel(nil)
	i.mutex.Lock()
	defer i.mutex.Unlock()
	delete(i.running, job)
	i.end(job.message, refused, true)
	i.startWork()
}

// end reports the final outcome; what failed may come again.
func (i *inbox) end(found *message, refused *refusal, wasRun bool) {
	if wasRun && (refused == nil || refused.code != "shutting_down") {
		i.breakers.note(senderOf(found), refused == nil, time.Now())
	} else {
		i.breakers.giveBack(senderOf(found))
	}
	if refused == nil {
		i.receipt(found, "processed", nil)
		return
	}
	i.memory.forget(found)
	i.refuse(found, refused)
}

// close ends the subscriptions first, then waits for accepted work, then cuts off what still runs.
func (i *inbox) close(drain time.Duration) {
	for _, subscription := range i.subscriptions {
		closed := subscription.StatusChanged(nats.SubscriptionClosed)
		if subscription.Drain() != nil {
			continue
		}
		select {
		case <-closed:
		case <-time.After(drain):
		}
	}
	i.mutex.Lock()
	i.isClosing = true
	i.startWork()
	i.mutex.Unlock()
	select {
	case <-i.idle:
		return
	case <-time.After(drain):
	}
	i.mutex.Lock()
	for _, waiting := range i.waiting {
		i.end(waiting.message, i.agent.spec.refuse("shutting_down"), false)
	}
	i.waiting = nil
	for running := range i.running {
		running.cancel(errShuttingDown)
	}
	i.startWork()
	i.mutex.Unlock()
	<-i.idle
}

// refuse sends the receipt and, to a requester, the error reply.
func (i *inbox) refuse(found *message, refused *refusal) {
	i.receipt(found, "rejected", refused)
	payload := map[string]any{
		"error": refused.code, "detail": refused.detail, "request_message_id": found.MessageID,
		"trace_id": firstOf(found.TraceID, found.MessageID),
	}
	_ = i.reply(found, "error", firstOf(found.FromAgent, "unknown"), encode(payload))
}

// reply answers a request; nothing happens where nobody waits.
func (i *inbox) reply(found *message, kind, toAgent string, payload json.RawMessage) error {
	if found.replyTo == "" {
		return nil
	}
	draft := &draft{
		kind: kind, payload: payload, ttlMs: i.agent.spec.limit("ttlMsDefault"), threadID: found.ThreadID,
		traceID: firstOf(found.TraceID, found.MessageID), parentID: found.MessageID,
	}
	_, body, err := i.agent.write(draft, toAgent, found.FromAccountID)
	if err != nil {
		return err
	}
	return i.agent.nats.Publish(found.replyTo, body)
}

// receipt tells the sender, if the message says who that is.
func (i *inbox) receipt(found *message, status string, refused *refusal) {
	if found.FromAccountID == "" {
		return
	}
	told := map[string]any{
		"message_id": found.MessageID, "status": status, "event_at": timestamp(time.Now()),
		"from_account_id": i.agent.accountID, "from_session_tag": i.agent.sessionTag, "to_account_id": found.FromAccountID,
		"trace_id": firstOf(found.TraceID, found.MessageID), "thread_id": found.ThreadID,
	}
	if found.ParentMessageID != "" {
		told["parent_message_id"] = found.ParentMessageID
	}
	if refused != nil {
		told["code"], told["detail"] = refused.code, refused.detail
	}
	i.agent.publish("account."+found.FromAccountID+".receipts", told)
}
