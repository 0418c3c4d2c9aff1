package condition

import (
	"fmt"
	"strconv"
	"strings"
)

// A message is a protocol buffer as text: its fields, each of which can be
// there several times. A field is a message, or the text of a scalar.
type message map[string][]any

// sub is the first message of a field, or nil.
func (m message) sub(name string) message {
	for _, v := range m[name] {
		if sub, ok := v.(message); ok {
			return sub
		}
	}
	return nil
}

// text is the first scalar of a field.
func (m message) text(name string) (string, bool) {
	for _, v := range m[name] {
		if s, ok := v.(string); ok {
			return s, true
		}
	}
	return "", false
}

// parseMessage reads as much of the text format as the conformance files use.
func parseMessage(text string) (m message, err error) {
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("%v", r)
		}
	}()
	p := &messageParser{text: text}
	return p.fields(""), nil
}

type messageParser struct {
	text string
	at   int
}

// next is the next token: a name, a number, a string with its quotes, or one
// sign. It is empty at the end.
func (p *messageParser) next() string {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '#':
			for p.at < len(p.text) && p.text[p.at] != '\n' {
				p.at++
			}
		case strings.ContainsRune(" \t\r\n,;", rune(c)):
			p.at++
		case c == '"' || c == '\'':
			start := p.at
			for p.at++; p.text[p.at] != c; p.at++ {
				if p.text[p.at] == '\\' {
					p.at++
				}
			}
			p.at++
			return p.text[start:p.at]
		case strings.ContainsRune("{}:[]<>", rune(c)):
			p.at++
			return string(c)
		default:
			start := p.at
			for p.at < len(p.text) && !strings.ContainsRune(" \t\r\n,;{}:[]<>#\"'", rune(p.text[p.at])) {
				p.at++
			}
			return p.text[start:p.at]
		}
	}
	return ""
}

func (p *messageParser) peek() string {
	at := p.at
	defer func() { p.at = at }()
	return p.next()
}

// fields reads to the closing sign.
func (p *messageParser) fields(end string) message {
	m := message{}
	for {
		name := p.next()
		if name == end {
			return m
		}
		if name == "[" { // the name of an extension, or the type of an Any
			name = p.next()
			p.next()
		}
		if p.peek() == ":" {
			p.next()
		}
		m[name] = append(m[name], p.values()...)
	}
}

// values reads one value, or a list of them.
func (p *messageParser) values() []any {
	switch token := p.next(); {
	case token == "{":
		return []any{p.fields("}")}
	case token == "[":
		var out []any
		for p.peek() != "]" {
			out = append(out, p.values()...)
		}
		p.next()
		return out
	case token[0] == '"' || token[0] == '\'':
		text := unescape(token)
		for next := p.peek(); next != "" && (next[0] == '"' || next[0] == '\''); next = p.peek() {
			text += unescape(p.next())
		}
		return []any{text}
	default:
		return []any{token}
	}
}

// unescape is the text that a token with quotes stands for.
func unescape(token string) string {
	var out []byte
	for rest := token[1 : len(token)-1]; rest != ""; {
		if rest[0] == '\\' && (rest[1] == '\'' || rest[1] == '"' || rest[1] == '?') {
			out, rest = append(out, rest[1]), rest[2:]
			continue
		}
		if rest[0] == '\\' && '0' <= rest[1] && rest[1] <= '7' { // one to three octal digits
			n := 2
			for n < 4 && n < len(rest) && '0' <= rest[n] && rest[n] <= '7' {
				n++
			}
			v, err := strconv.ParseUint(rest[1:n], 8, 8)
			if err != nil {
				panic(err)
			}
			out, rest = append(out, byte(v)), rest[n:]
			continue
		}
		c, isRune, tail, err := strconv.UnquoteChar(rest, 0)
		if err != nil {
			panic(fmt.Sprintf("%v in %s", err, token))
		}
		if isRune {
			out = append(out, string(c)...)
		} else {
			out = append(out, byte(c))
		}
		rest = tail
	}
	return string(out)
}
