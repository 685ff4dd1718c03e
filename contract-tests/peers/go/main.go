// Command peer is a peer of the conformance kit made from what is published alone: the protocol's documents and nats.go.
// It shares no code with the SDKs. The lines it reads and prints are those of kit/PEER-PROTOCOL.md.
//
// What it leaves out: streams, blobs, signatures, replies remembered for retries and idempotency across sessions, which its hello does
// not offer; and a second registration when a registry has forgotten it (rule presence.reregister), which no scenario of the kit plays.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// features is what this peer has beyond what the peer protocol asks of everybody.
var features = []string{"processed", "limits", "capabilities"}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: peer <folder of json-schema.bundle.json and asyncapi.bundle.json>")
		os.Exit(2)
	}
	spec, err := readSpecification(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	say(map[string]any{"saw": "hello", "protocol": 1, "peer": "go-minimal", "features": features})
	player := &player{spec: spec}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			player.read(line)
		}
		if err != nil {
			return
		}
	}
}

// command is one line of the kit; each command uses some of the fields.
type command struct {
	ID                 int             `json:"id"`
	Do                 string          `json:"do"`
	Handling           handling        `json:"handling"`
	To                 string          `json:"to"`
	Capability         *string         `json:"capability"`
	Payload            json.RawMessage `json:"payload"`
	PayloadText        *string         `json:"payload_text"`
	Wait               string          `json:"wait"`
	ProcessedTimeoutMs int             `json:"processed_timeout_ms"`
	TimeoutMs          int             `json:"timeout_ms"`
	ThreadID           string          `json:"thread_id"`
	TraceID            string          `json:"trace_id"`
	ParentMessageID    string          `json:"parent_message_id"`
	IdempotencyKey     *string         `json:"idempotency_key"`
	TTLMs              *int64          `json:"ttl_ms"`
}

// player plays one agent at a time.
type player struct {
	spec  *specification
	mutex sync.Mutex
	agent *agent
}

// read takes one line. What is quick is done at once and in order; what waits must not keep the next line from being read.
func (p *player) read(line []byte) {
	var given command
	if err := json.Unmarshal(line, &given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	agent := p.current()
	switch given.Do {
	case "crash":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "sync":
		say(map[string]any{"saw": "done", "re": given.ID})
	case "handle", "release":
		if agent == nil {
			fail(given.ID, errNobody)
			return
		}
		if given.Do == "handle" {
			agent.inbox.handle(given.Handling)
		} else {
			agent.inbox.release()
		}
		say(map[string]any{"saw": "done", "re": given.ID})
	default:
		go p.work(given, agent, line)
	}
}

var errNobody = &failure{code: "not_connected", detail: "no agent has joined"}

func (p *player) work(given command, agent *agent, line []byte) {
	var seen map[string]any
	var err error
	switch {
	case given.Do == "join":
		seen, err = p.join(line)
	case agent == nil:
		err = errNobody
	case given.Do == "send":
		seen, err = agent.send(given)
	case given.Do == "ask":
		seen, err = agent.ask(given)
	case given.Do == "leave":
		seen = p.leave(agent)
	default:
		err = &failure{code: "invalid_option", detail: "this peer has no " + given.Do}
	}
	if err != nil {
		fail(given.ID, err)
		return
	}
	seen["re"] = given.ID
	say(seen)
}

func (p *player) join(line []byte) (map[string]any, error) {
	var options joinOptions
	if err := json.Unmarshal(line, &options); err != nil {
		return nil, &failure{code: "invalid_option", detail: err.Error()}
	}
	agent, err := joinNetwork(p.spec, options)
	if err != nil {
		return nil, err
	}
	p.mutex.Lock()
	p.agent = agent
	p.mutex.Unlock()
	return map[string]any{
		"saw": "joined", "account_id": agent.accountID, "username": agent.username, "session_tag": agent.sessionTag,
	}, nil
}

func (p *player) leave(agent *agent) map[string]any {
	agent.leave()
	p.mutex.Lock()
	p.agent = nil
	p.mutex.Unlock()
	return map[string]any{"saw": "left"}
}

func (p *player) current() *agent {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.agent
}

// failure is an error with a code of the specification.
type failure struct {
	code, detail             string
	remoteCode, remoteDetail string
}

func (f *failure) Error() string { return "[" + f.code + "] " + f.detail }

// fail tells of a command that failed.
func fail(re int, err error) {
	known := &failure{code: "unexpected", detail: err.Error()}
	errors.As(err, &known)
	seen := map[string]any{"saw": "error", "re": re, "code": known.code, "detail": known.detail}
	if known.remoteCode != "" {
		seen["remote_code"], seen["remote_detail"] = known.remoteCode, known.remoteDetail
	}
	say(seen)
}

var speaking sync.Mutex

// say prints one observation.
func say(seen map[string]any) {
	line := encode(seen)
	speaking.Lock()
	defer speaking.Unlock()
	_, _ = os.Stdout.Write(append(line, '\n'))
}

// encode writes JSON the way JSON is meant: without escapes for HTML.
func encode(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimRight(text.Bytes(), "\n")
}
