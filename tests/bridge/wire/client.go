// Package wire reaches the sandbox's phones over loopback HTTP: for the bridge of the tests they are what WhatsApp's servers are for the real
// one. The sandbox serves it in sandbox/wire/.
package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Client calls the sandbox.
type Client struct {
	base string
	http *http.Client
}

// New makes a client for the address that the sandbox says.
func New(base string) *Client {
	return &Client{base: base + "/wire/v1", http: &http.Client{}}
}

// ErrRefused is what WhatsApp would not do, as opposed to a connection that failed.
var ErrRefused = errors.New("refused")

// ErrUnsupported is a message of a kind that WhatsApp does not take.
var ErrUnsupported = errors.New("unsupported")

func (c *Client) do(ctx context.Context, method, path, contentType string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode < 300 {
		return answer, nil
	}
	defer answer.Body.Close()
	var said struct {
		Error string `json:"error"`
	}
	_ = json.NewDecoder(answer.Body).Decode(&said)
	switch answer.StatusCode {
	case http.StatusBadRequest:
		return nil, fmt.Errorf("%w: %s", ErrRefused, said.Error)
	case http.StatusUnprocessableEntity:
		return nil, fmt.Errorf("%w: %s", ErrUnsupported, said.Error)
	}
	return nil, fmt.Errorf("%s %s: %d %s", method, path, answer.StatusCode, said.Error)
}

func call[T any](ctx context.Context, c *Client, method, path string, body any) (result T, err error) {
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return result, err
		}
		reader = bytes.NewReader(encoded)
	}
	answer, err := c.do(ctx, method, path, "application/json", reader)
	if err != nil {
		return result, err
	}
	defer answer.Body.Close()
	err = json.NewDecoder(answer.Body).Decode(&result)
	return result, err
}

type none struct{}

// StartPairing begins to link a device: with a QR, or with a code for this phone (protocol/bridge.md 1.5).
func (c *Client) StartPairing(ctx context.Context, phone string) (*Pairing, error) {
	body := map[string]string{}
	if phone != "" {
		body["phone"] = phone
	}
	return call[*Pairing](ctx, c, http.MethodPost, "/pairings", body)
}

// Place asks which QR of a pairing is good now.
func (c *Client) Place(ctx context.Context, pairing string) (*Place, error) {
	return call[*Place](ctx, c, http.MethodGet, "/pairings/"+pairing+"/place", nil)
}

// Result waits until WhatsApp says something of the pairing.
func (c *Client) Result(ctx context.Context, pairing string) (*PairResult, error) {
	return call[*PairResult](ctx, c, http.MethodGet, "/pairings/"+pairing+"/result", nil)
}

// AnswerPasskey gives the browser's answer to the demand for a passkey.
func (c *Client) AnswerPasskey(ctx context.Context, pairing string, good bool) error {
	_, err := call[none](ctx, c, http.MethodPost, "/pairings/"+pairing+"/passkey", map[string]bool{"good": good})
	return err
}

// CancelPairing ends a pairing.
func (c *Client) CancelPairing(ctx context.Context, pairing string) error {
	_, err := call[none](ctx, c, http.MethodDelete, "/pairings/"+pairing, nil)
	return err
}

// Unlink ends a linked device; the reason is for its next connection.
func (c *Client) Unlink(ctx context.Context, device, reason string) error {
	_, err := call[none](ctx, c, http.MethodDelete, "/devices/"+device+"?reason="+url.QueryEscape(reason), nil)
	return err
}

// Ack says of an event that it is taken for good, or with an error that it is not: then it comes again at the next connect.
func (c *Client) Ack(ctx context.Context, device string, n int64, failure error) error {
	body := map[string]any{"n": n}
	if failure != nil {
		body["error"] = failure.Error()
	}
	_, err := call[none](ctx, c, http.MethodPost, "/devices/"+device+"/acks", body)
	return err
}

// Listen connects a device and hands over each line until the connection ends; the error says how it did.
func (c *Client) Listen(ctx context.Context, device string, handle func(*Line)) error {
	answer, err := c.do(ctx, http.MethodGet, "/devices/"+device+"/events", "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	reader := bufio.NewReader(answer.Body)
	for {
		text, err := reader.ReadBytes('\n')
		if err != nil {
			return err
		}
		var line Line
		if err = json.Unmarshal(text, &line); err != nil {
			return err
		}
		handle(&line)
	}
}

// Outgoing is a message to send. EventID is only for the ledger: WhatsApp knows nothing of it.
type Outgoing struct {
	Chat    Chat    `json:"chat"`
	Content Content `json:"content"`
	ReplyTo string  `json:"reply_to,omitempty"`
	EventID string  `json:"event_id,omitempty"`
}

// Send sends a message as the owner of the device.
func (c *Client) Send(ctx context.Context, device string, message *Outgoing) (*Message, error) {
	return call[*Message](ctx, c, http.MethodPost, "/devices/"+device+"/messages", message)
}

// Read marks a chat read up to a message.
func (c *Client) Read(ctx context.Context, device string, chat Chat, upTo string) error {
	_, err := call[none](ctx, c, http.MethodPost, "/devices/"+device+"/read", map[string]any{"chat": chat, "up_to": upTo})
	return err
}

// Typing tells the other side that the owner types.
func (c *Client) Typing(ctx context.Context, device string, chat Chat, on bool) error {
	_, err := call[none](ctx, c, http.MethodPost, "/devices/"+device+"/typing", map[string]any{"chat": chat, "on": on})
	return err
}

// Bridged notes in the ledger where a message stands on Matrix.
func (c *Client) Bridged(ctx context.Context, device, message, room, event string) error {
	body := map[string]string{"message_id": message, "room_id": room, "event_id": event}
	_, err := call[none](ctx, c, http.MethodPost, "/devices/"+device+"/bridged", body)
	return err
}

// Person looks somebody up by digits, `lid-…` or a JID.
func (c *Client) Person(ctx context.Context, owner, id string) (*Person, error) {
	return call[*Person](ctx, c, http.MethodGet, "/people/"+url.PathEscape(id)+"?of="+owner, nil)
}

// People gives the address book and everybody ever talked to.
func (c *Client) People(ctx context.Context, owner string) ([]*Person, error) {
	list, err := call[struct{ Items []*Person }](ctx, c, http.MethodGet, "/people?of="+owner, nil)
	return list.Items, err
}

// Group gives name and members of a group.
func (c *Client) Group(ctx context.Context, id string) (*Group, error) {
	return call[*Group](ctx, c, http.MethodGet, "/groups/"+url.PathEscape(id), nil)
}

// Message gives a message by its id.
func (c *Client) Message(ctx context.Context, id string) (*Message, error) {
	return call[*Message](ctx, c, http.MethodGet, "/messages/"+url.PathEscape(id), nil)
}

// History gives the chats of a phone up to a place in the ledger, newest first (protocol/bridge.md 8.1).
func (c *Client) History(ctx context.Context, owner string, upToSeq int64) ([]*HistoryChat, error) {
	path := fmt.Sprintf("/history?of=%s&up_to_seq=%d", owner, upToSeq)
	list, err := call[struct{ Chats []*HistoryChat }](ctx, c, http.MethodGet, path, nil)
	return list.Chats, err
}

// Download gives the bytes of a file.
func (c *Client) Download(ctx context.Context, sha256 string) ([]byte, error) {
	answer, err := c.do(ctx, http.MethodGet, "/media/"+sha256, "", nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

// Upload keeps the bytes of a file.
func (c *Client) Upload(ctx context.Context, data []byte, mimeType string) (*Media, error) {
	path := "/media?mime_type=" + url.QueryEscape(mimeType)
	answer, err := c.do(ctx, http.MethodPost, path, "application/octet-stream", bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var media Media
	err = json.NewDecoder(answer.Body).Decode(&media)
	return &media, err
}
