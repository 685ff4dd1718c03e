package main

import (
	"context"
	"encoding/json"
	"errors"
)

// handling is what the kit wants done with a message that reaches the handler.
type handling struct {
	How     string          `json:"how"`
	Payload json.RawMessage `json:"payload"`
	Next    *handling       `json:"next"`
}

// handle sets what is done with messages from now on.
func (i *inbox) handle(how handling) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.handling = how
}

// release lets the handlers that hold go on.
func (i *inbox) release() {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	close(i.released)
	i.released = make(chan struct{})
}

func (i *inbox) act(work context.Context, found *message, how handling, released <-chan struct{}) error {
	say(map[string]any{"saw": "received", "message": found})
	return i.follow(work, found, how, released)
}

func (i *inbox) follow(work context.Context, found *message, how handling, released <-chan struct{}) error {
	to := firstOf(found.FromAccountID, found.FromAgent, "unknown")
	switch how.How {
	case "echo":
		return i.reply(found, "reply", to, found.Payload)
	case "reply":
		if err := i.reply(found, "reply", to, how.Payload); err != nil || how.Next == nil {
			return err
		}
		return i.follow(work, found, *how.Next, released)
	case "fail":
		return errors.New("top secret")
	case "time_out":
		return context.DeadlineExceeded
	case "cancel":
		return context.Canceled
	case "hold":
		select {
		case <-released:
		case <-work.Done():
			say(map[string]any{"saw": "cancelled", "message_id": found.MessageID})
			return work.Err()
		}
		if how.Next != nil {
			return i.follow(work, found, *how.Next, released)
		}
	}
	return nil
}
