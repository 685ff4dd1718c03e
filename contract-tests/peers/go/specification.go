package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// specification is what the published documents say: schemas, limits, and the exact texts of refusals.
type specification struct {
	limits  map[string]int64
	codes   map[string]errorCode
	schemas map[string]*jsonschema.Schema
}

type errorCode struct {
	Text              string `json:"text"`
	Detail            string `json:"detail"`
	IdempotencyDetail string `json:"idempotency_detail"`
}

// used are the schemas this peer validates with.
var used = []string{
	"AccountId", "CapabilityName", "InboxTail", "IdText", "Label", "SubjectToken", "Message", "SentMessage", "Receipt",
	"ErrorPayload", "ErrorReply", "RegisterReply", "ResolveAccountReply", "ProfileReply", "SearchReply",
}

func readSpecification(folder string) (*specification, error) {
	var document struct {
		Limits map[string]struct {
			Value int64 `json:"value"`
		} `json:"x-limits"`
		Codes map[string]errorCode `json:"x-error-codes"`
	}
	text, err := os.ReadFile(filepath.Join(folder, "asyncapi.bundle.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	spec := &specification{limits: map[string]int64{}, codes: document.Codes, schemas: map[string]*jsonschema.Schema{}}
	for name, limit := range document.Limits {
		spec.limits[name] = limit.Value
	}
	return spec, spec.compile(filepath.Join(folder, "json-schema.bundle.json"))
}

func (s *specification) compile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	bundle, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		return err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(compilePattern)
	if err := compiler.AddResource("protocol.json", bundle); err != nil {
		return err
	}
	for _, name := range used {
		if s.schemas[name], err = compiler.Compile("protocol.json#/definitions/" + name); err != nil {
			return fmt.Errorf("schema %s: %w", name, err)
		}
	}
	return nil
}

// compilePattern reads the patterns of the schemas, which are written for ECMAScript. Go's texts cannot hold a surrogate.
func compilePattern(pattern string) (jsonschema.Regexp, error) {
	ours := strings.NewReplacer(`\ud800-\udfff`, "", `\u0000`, `\x00`).Replace(pattern)
	return regexp.Compile(ours)
}

// valid says whether a decoded JSON value has a schema.
func (s *specification) valid(schema string, value any) bool {
	return s.schemas[schema].Validate(value) == nil
}

// limit gives a limit by its name in the specification.
func (s *specification) limit(name string) int64 {
	value, known := s.limits[name]
	if !known {
		panic("the specification has no limit " + name)
	}
	return value
}

// refusal is why a message is not handled: the words of its receipt and its error reply.
type refusal struct{ code, detail string }

func (s *specification) refuse(code string) *refusal {
	facts := s.codes[code]
	if facts.Detail == "" {
		return &refusal{code, facts.Text}
	}
	return &refusal{code, facts.Detail}
}
