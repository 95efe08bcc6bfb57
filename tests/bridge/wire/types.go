package wire

import "encoding/json"

// Media is a file that somebody sent; its bytes are fetched by the hash.
type Media struct {
	SHA256   string `json:"sha256"`
	Size     int    `json:"size"`
	MimeType string `json:"mime_type"`
}

// Contact is one entry of a contact card.
type Contact struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

// Preview is what WhatsApp shows of a link.
type Preview struct {
	URL   string `json:"url"`
	Title string `json:"title"`
}

// Content is what a message says. Type tells which of the fields count.
type Content struct {
	Type       string    `json:"type"`
	Text       string    `json:"text,omitempty"`
	Mentions   []string  `json:"mentions,omitempty"`
	Everyone   bool      `json:"everyone,omitempty"`
	Preview    *Preview  `json:"preview,omitempty"`
	Media      *Media    `json:"media,omitempty"`
	Caption    string    `json:"caption,omitempty"`
	Width      int       `json:"width,omitempty"`
	Height     int       `json:"height,omitempty"`
	DurationMS int       `json:"duration_ms,omitempty"`
	GIF        bool      `json:"gif,omitempty"`
	Waveform   []int     `json:"waveform,omitempty"`
	FileName   string    `json:"file_name,omitempty"`
	Emoji      string    `json:"emoji"`
	Latitude   float64   `json:"latitude,omitempty"`
	Longitude  float64   `json:"longitude,omitempty"`
	Name       string    `json:"name,omitempty"`
	Address    string    `json:"address,omitempty"`
	URL        string    `json:"url,omitempty"`
	Contacts   []Contact `json:"contacts,omitempty"`
	Question   string    `json:"question,omitempty"`
	Options    []string  `json:"options,omitempty"`
	Selectable int       `json:"selectable"`
	Target     string    `json:"target,omitempty"`
	Video      bool      `json:"video,omitempty"`
	Form       string    `json:"form,omitempty"`
	Buttons    []string  `json:"buttons,omitempty"`
	ID         string    `json:"id,omitempty"`
	Shown      string    `json:"shown,omitempty"`
	About      string    `json:"about,omitempty"`
	StartsAt   string    `json:"starts_at,omitempty"`
	GroupName  string    `json:"group_name,omitempty"`
	Code       string    `json:"code,omitempty"`
	Images     int       `json:"images,omitempty"`
	Videos     int       `json:"videos,omitempty"`
	MediaType  string    `json:"media_type,omitempty"`
	MS         int64     `json:"ms,omitempty"`
	Content    *Content  `json:"content,omitempty"`
}

// Message is one message as WhatsApp carries it; exactly one of To and Group is set. Phones are digits, times are ms.
type Message struct {
	ID        string  `json:"id"`
	From      string  `json:"from"`
	To        string  `json:"to,omitempty"`
	Group     string  `json:"group,omitempty"`
	SentAt    int64   `json:"sent_at"`
	Content   Content `json:"content"`
	ReplyTo   string  `json:"reply_to,omitempty"`
	Comment   bool    `json:"comment,omitempty"`
	Forwarded bool    `json:"forwarded,omitempty"`
}

// Chat is a chat as its owner sees it: another phone, or a group.
type Chat struct {
	Peer  string `json:"peer,omitempty"`
	Group string `json:"group,omitempty"`
}

// ChatFor is the chat that a message stands in on this phone.
func (m *Message) ChatFor(owner string) Chat {
	switch {
	case m.Group != "":
		return Chat{Group: m.Group}
	case m.From == owner:
		return Chat{Peer: m.To}
	default:
		return Chat{Peer: m.From}
	}
}

// Person is somebody as the owner of a phone knows them.
type Person struct {
	Phone       string `json:"phone"`
	LID         string `json:"lid"`
	Name        string `json:"name"`
	OnWhatsApp  bool   `json:"on_whatsapp"`
	PhoneHidden bool   `json:"phone_hidden"`
	ByNumber    bool   `json:"by_number"`
	Avatar      *Media `json:"avatar"`
	Saved       bool   `json:"saved"`
	FullName    string `json:"full_name"`
}

// Group is a WhatsApp group.
type Group struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
	Admins  []string `json:"admins"`
	Avatar  *Media   `json:"avatar"`
}

// Event is what waits for a linked device until it is acknowledged. Kind tells which of the fields count.
type Event struct {
	Kind    string   `json:"kind"`
	Message *Message `json:"message"`
	Status  string   `json:"status"`
	IDs     []string `json:"ids"`
	By      string   `json:"by"`
	Chat    Chat     `json:"chat"`
	UpTo    string   `json:"up_to"`
	UpToSeq int64    `json:"up_to_seq"`
	Group   string   `json:"group"`
	ID      string   `json:"id"`
	Peer    string   `json:"peer"`
	From    string   `json:"from"`
	Text    string   `json:"text"`
	At      int64    `json:"at"`
	To      string   `json:"to"`
}

// Passing is what only a device that is connected now hears of.
type Passing struct {
	Kind   string `json:"kind"`
	Chat   Chat   `json:"chat"`
	From   string `json:"from"`
	On     bool   `json:"on"`
	Reason string `json:"reason"`
	Error  string `json:"error"`
}

// Device is a linked device; Gone says why it is none any more.
type Device struct {
	ID    string `json:"id"`
	Phone string `json:"phone"`
	Gone  string `json:"gone"`
}

// Line is one line of a device's stream: how the device stands, an event to acknowledge, or something passing.
type Line struct {
	Device  *Device  `json:"device"`
	Trouble string   `json:"trouble"`
	N       int64    `json:"n"`
	Event   *Event   `json:"event"`
	Passing *Passing `json:"passing"`
}

// HistoryChat is one chat of the history, oldest message first; Read says that nothing in it is unread on the phone.
type HistoryChat struct {
	Chat     Chat       `json:"chat"`
	Messages []*Message `json:"messages"`
	Read     bool       `json:"read"`
}

// Pairing is a linking under way.
type Pairing struct {
	ID        string   `json:"id"`
	Codes     []string `json:"codes"`
	TimeScale float64  `json:"time_scale"`
}

// Place tells which code is good now, and for how long; Index is nil when all have run out.
type Place struct {
	Index  *int    `json:"index"`
	LeftMS float64 `json:"left_ms"`
}

// PairResult is what became of a pairing. OK is true, "passkey" or false; then Code is the reason.
type PairResult struct {
	OK     json.RawMessage `json:"ok"`
	Device string          `json:"device"`
	Phone  string          `json:"phone"`
	Code   string          `json:"code"`
}
