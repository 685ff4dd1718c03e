package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// joinOptions are the options of the command join that this peer knows.
type joinOptions struct {
	NatsURL            string          `json:"nats_url"`
	AgentID            string          `json:"agent_id"`
	Name               string          `json:"name"`
	Username           string          `json:"username"`
	AccountID          string          `json:"account_id"`
	Capabilities       []string        `json:"capabilities"`
	Metadata           json.RawMessage `json:"metadata"`
	Handle             json.RawMessage `json:"handle"`
	ReceiptTimeoutMs   *int64          `json:"receipt_timeout_ms"`
	RetryAttempts      *int64          `json:"retry_attempts"`
	WorkTimeoutMs      *int64          `json:"work_timeout_ms"`
	DrainTimeoutMs     *int64          `json:"drain_timeout_ms"`
	DedupeTTLMs        *int64          `json:"dedupe_ttl_ms"`
	MaxConcurrency     *int64          `json:"max_concurrency"`
	MaxPending         *int64          `json:"max_pending"`
	RateLimitPerSecond json.RawMessage `json:"rate_limit_per_second"`
	RateLimitBurst     *int64          `json:"rate_limit_burst"`
	BreakerFailures    *int64          `json:"breaker_failures"`
	BreakerResetMs     *int64          `json:"breaker_reset_ms"`
	DefaultTTLMs       *int64          `json:"default_ttl_ms"`
	ConnectTimeoutMs   *int64          `json:"connect_timeout_ms"`
}

// agent is one session on the network.
type agent struct {
	spec                            *specification
	options                         joinOptions
	nats                            *nats.Conn
	accountID, username, sessionTag string
	inbox                           *inbox
	desk                            *receiptDesk
	replies                         *replyMux
	beating                         chan struct{}
	beats                           sync.WaitGroup
}

func joinNetwork(spec *specification, options joinOptions) (*agent, error) {
	if err := checkOptions(spec, &options); err != nil {
		return nil, err
	}
	timeout := time.Duration(*options.ConnectTimeoutMs) * time.Millisecond
	connection, err := nats.Connect(
		options.NatsURL, nats.Name("agentnet-"+options.AgentID), nats.Timeout(timeout), nats.MaxReconnects(-1),
		// A message must not wait in the client: it could be delivered after its send has failed.
		nats.ReconnectBufSize(-1),
	)
	if errors.Is(err, nats.ErrAuthorization) {
		return nil, &failure{code: "authorization_failed", detail: err.Error()}
	} else if err != nil {
		return nil, &failure{code: "connect_failed", detail: err.Error()}
	}
	agent := &agent{spec: spec, options: options, nats: connection, beating: make(chan struct{})}
	if err := agent.start(); err != nil {
		connection.Close()
		return nil, err
	}
	return agent, nil
}

// checkOptions refuses what is out of range and fills in the specification's defaults.
func checkOptions(spec *specification, options *joinOptions) error {
	for _, option := range []struct {
		name     string
		value    **int64
		least    int64
		standard string
	}{
		{"receipt_timeout_ms", &options.ReceiptTimeoutMs, spec.limit("receiptTimeoutMinMs"), "receiptTimeoutMs"},
		{"retry_attempts", &options.RetryAttempts, 0, "sendRetryAttempts"},
		{"work_timeout_ms", &options.WorkTimeoutMs, spec.limit("workTimeoutMinMs"), "workTimeoutMs"},
		{"drain_timeout_ms", &options.DrainTimeoutMs, 0, "drainTimeoutMs"},
		{"dedupe_ttl_ms", &options.DedupeTTLMs, 0, "dedupeTtlMs"},
		{"max_concurrency", &options.MaxConcurrency, 1, "maxConcurrency"},
		{"max_pending", &options.MaxPending, 1, "maxPending"},
		{"rate_limit_burst", &options.RateLimitBurst, 1, "rateLimitBurst"},
		{"breaker_failures", &options.BreakerFailures, 1, "breakerFailures"},
		{"breaker_reset_ms", &options.BreakerResetMs, 0, "breakerResetMs"},
		{"default_ttl_ms", &options.DefaultTTLMs, spec.limit("ttlMsMin"), "ttlMsDefault"},
		{"connect_timeout_ms", &options.ConnectTimeoutMs, spec.limit("connectTimeoutMinMs"), "connectTimeoutMs"},
	} {
		if *option.value == nil {
			standard := spec.limit(option.standard)
			*option.value = &standard
		}
		if got := **option.value; got < option.least {
			return &failure{code: "invalid_option", detail: fmt.Sprintf("%s must be >= %d, got %d", option.name, option.least, got)}
		}
	}
	for _, capability := range options.Capabilities {
		if !spec.valid("CapabilityName", capability) {
			return &failure{code: "invalid_option", detail: "no capability: " + capability}
		}
	}
	if options.Name == "" {
		options.Name = options.AgentID
	}
	if options.Capabilities == nil {
		options.Capabilities = []string{}
	}
	if options.Metadata == nil {
		options.Metadata = json.RawMessage("{}")
	}
	return nil
}

// start registers and subscribes; when it returns, a message sent at that instant is not lost.
func (a *agent) start() error {
	facts := map[string]any{
		"agent_id": a.options.AgentID, "name": a.options.Name,
		"capabilities": a.options.Capabilities, "metadata": a.options.Metadata,
	}
	for name, value := range map[string]string{"username": a.options.Username, "account_id": a.options.AccountID} {
		if value != "" {
			facts[name] = value
		}
	}
	var session struct {
		AccountID         string  `json:"account_id"`
		Username          string  `json:"username"`
		SessionTag        string  `json:"session_tag"`
		HeartbeatInterval float64 `json:"heartbeat_interval"`
	}
	if err := a.call("register", "RegisterReply", a.spec.limit("registerTimeoutMs"), facts, &session); err != nil {
		return err
	}
	a.accountID, a.username, a.sessionTag = session.AccountID, session.Username, session.SessionTag
	a.desk, a.replies, a.inbox = newReceiptDesk(), newReplyMux(a), newInbox(a)
	if err := a.subscribe(); err != nil {
		return &failure{code: "connection_closed", detail: err.Error()}
	}
	interval := max(session.HeartbeatInterval, float64(a.spec.limit("heartbeatIntervalMinSeconds")))
	a.nats.SetReconnectHandler(func(*nats.Conn) { a.hello() })
	a.hello()
	a.beats.Add(1)
	go a.beat(time.Duration(interval * float64(time.Second)))
	if err := a.nats.Flush(); err != nil {
		return &failure{code: "connection_closed", detail: err.Error()}
	}
	return nil
}

func (a *agent) subscribe() error {
	_, err := a.nats.Subscribe("account."+a.accountID+".receipts", func(raw *nats.Msg) { a.desk.deliver(a.spec, raw.Data) })
	if err == nil {
		_, err = a.nats.Subscribe(a.replies.prefix+"*", a.replies.deliver)
	}
	if err != nil || string(a.options.Handle) == "null" {
		return err
	}
	return a.inbox.open()
}

func (a *agent) hello() {
	a.publish("registry.hello", map[string]any{
		"agent_id": a.options.AgentID, "name": a.options.Name, "capabilities": a.options.Capabilities,
		"metadata": a.options.Metadata, "account_id": a.accountID, "username": a.username, "session_tag": a.sessionTag,
		"last_seen": timestamp(time.Now()),
	})
}

func (a *agent) beat(interval time.Duration) {
	defer a.beats.Done()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			a.hello()
		case <-a.beating:
			return
		}
	}
}

// leave ends the subscriptions first, then waits for accepted work, then says goodbye.
func (a *agent) leave() {
	a.inbox.close(time.Duration(*a.options.DrainTimeoutMs) * time.Millisecond)
	close(a.beating)
	a.beats.Wait()
	a.publish("registry.goodbye", map[string]any{
		"session_tag": a.sessionTag, "agent_id": a.options.AgentID, "seen_at": timestamp(time.Now()),
	})
	_ = a.nats.FlushTimeout(2 * time.Second)
	a.nats.Close()
}

// publish is for what nobody can be told of when it fails.
func (a *agent) publish(subject string, body any) { _ = a.nats.Publish(subject, encode(body)) }

// call asks the registry and holds its answer to a schema.
func (a *agent) call(operation, schema string, timeoutMs int64, asked any, reply any) error {
	answer, err := a.nats.Request("registry."+operation, encode(asked), time.Duration(timeoutMs)*time.Millisecond)
	if err != nil {
		return &failure{code: "registry_unavailable", detail: operation + ": " + err.Error()}
	}
	var value map[string]any
	if err := json.Unmarshal(answer.Data, &value); err != nil {
		return &failure{code: "registry_error", detail: err.Error()}
	}
	if refused, isError := value["error"].(string); isError {
		code, _ := value["code"].(string)
		return &failure{code: firstOf(code, refused), detail: refused}
	}
	if !a.spec.valid(schema, value) {
		return &failure{code: "registry_error", detail: "the reply of " + operation + " breaks its schema"}
	}
	return json.Unmarshal(answer.Data, reply)
}

// target is where a message goes.
type target struct{ subject, toAgent, accountID, capability string }

// resolve reads `account:<id>`, `acct_…`, `username:<name>`, `@name` or a bare name.
func (a *agent) resolve(given command) (*target, error) {
	if given.Capability != nil {
		name := *given.Capability
		if !a.spec.valid("CapabilityName", name) {
			return nil, &failure{code: "invalid_target", detail: "no capability: " + name}
		}
		return &target{subject: "agent.capability." + name, toAgent: "capability:" + name, capability: name}, nil
	}
	text := strings.TrimSpace(given.To)
	prefix, rest, hasPrefix := strings.Cut(text, ":")
	switch {
	case text == "" || hasPrefix && strings.EqualFold(prefix, "capability"):
		return nil, &failure{code: "invalid_target", detail: fmt.Sprintf("no account: %q", text)}
	case hasPrefix && strings.EqualFold(prefix, "account"):
		return a.accountTarget(strings.TrimSpace(rest))
	case hasPrefix && strings.EqualFold(prefix, "username"):
		text = rest
	case strings.HasPrefix(text, "acct_"):
		return a.accountTarget(text)
	}
	name := strings.TrimLeft(strings.ToLower(strings.TrimSpace(text)), "@")
	if name == "" {
		return nil, &failure{code: "invalid_target", detail: "no username"}
	}
	var found struct {
		AccountID string `json:"account_id"`
	}
	err := a.call("resolve_account", "ResolveAccountReply", a.spec.limit("resolveTimeoutMs"), map[string]any{"username": name}, &found)
	if err != nil {
		return nil, err
	}
	return a.accountTarget(found.AccountID)
}

func (a *agent) accountTarget(id string) (*target, error) {
	if !a.spec.valid("AccountId", id) {
		return nil, &failure{code: "invalid_target", detail: fmt.Sprintf("no account id: %q", id)}
	}
	return &target{subject: "account." + id + ".inbox", toAgent: id, accountID: id}, nil
}
