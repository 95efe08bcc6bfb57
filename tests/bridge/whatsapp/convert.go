package whatsapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"strings"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/bridgev2/simplevent"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"mistok.test/bridge/wire"
)

// converter makes Matrix events of messages, by the rows of protocol/bridge.md 5.1.
type converter struct {
	*Client
	ctx     context.Context
	portal  *bridgev2.Portal
	intent  bridgev2.MatrixAPI
	message *wire.Message
}

type part = bridgev2.ConvertedMessagePart

func (c *Client) convertMessage(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, message *wire.Message) (*bridgev2.ConvertedMessage, error) {
	converted, err := converter{c, ctx, portal, intent, message}.convert(&message.Content)
	if err != nil {
		return nil, err
	}
	result := &bridgev2.ConvertedMessage{Parts: []*part{converted}}
	if message.ReplyTo != "" {
		target, _, err := c.idOf(ctx, string(portal.ID), message.ReplyTo)
		if err == nil && message.Comment {
			result.ThreadRoot = &target
		} else if err == nil {
			result.ReplyTo = &networkid.MessageOptionalPartID{MessageID: target}
		}
	}
	return result, nil
}

func (v converter) convert(content *wire.Content) (*part, error) {
	converted, err := v.content(content)
	if err != nil {
		return nil, err
	}
	if converted.Content.Mentions == nil {
		converted.Content.Mentions = &event.Mentions{}
	}
	if v.message.Forwarded {
		forward(converted.Content)
	}
	return converted, nil
}

func message(content *event.MessageEventContent, extra map[string]any) *part {
	return &part{Type: event.EventMessage, Content: content, Extra: extra}
}

func notice(body string) *part {
	return message(&event.MessageEventContent{MsgType: event.MsgNotice, Body: body}, nil)
}

func (v converter) content(content *wire.Content) (*part, error) {
	switch content.Type {
	case "text":
		return v.text(content)
	case "image":
		return v.file(event.MsgImage, "image.jpg", content)
	case "video":
		converted, err := v.file(event.MsgVideo, "video.mp4", content)
		if err == nil && content.GIF {
			converted.Extra = map[string]any{"info": gifMarks}
		}
		return converted, err
	case "audio", "voice":
		return v.audio(content)
	case "document":
		return v.file(event.MsgFile, content.FileName, content)
	case "sticker":
		return v.sticker(content)
	case "location":
		return location(content), nil
	case "contacts":
		return v.contacts(content)
	case "poll":
		return poll(content), nil
	case "poll_vote":
		return v.vote(content)
	case "call":
		return call(content), nil
	default:
		return v.rare(content), nil
	}
}

func (v converter) text(content *wire.Content) (*part, error) {
	body := &event.MessageEventContent{MsgType: event.MsgText, Mentions: &event.Mentions{Room: content.Everyone}}
	if err := v.words(body, content.Text, content.Mentions); err != nil {
		return nil, err
	}
	if content.Preview != nil {
		body.BeeperLinkPreviews = []*event.BeeperLinkPreview{{
			MatchedURL:  content.Preview.URL,
			LinkPreview: event.LinkPreview{Title: content.Preview.Title},
		}}
	}
	return message(body, nil), nil
}

// words fills body, HTML and mentions; `@digits` of a mentioned person becomes its name, the owner's its Matrix user.
func (v converter) words(body *event.MessageEventContent, text string, mentions []string) error {
	formatted := htmlOf(text)
	if formatted == "" && len(mentions) > 0 {
		formatted = strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")
	}
	for _, phone := range mentions {
		person, err := v.wire.Person(v.ctx, v.phone, phone)
		if err != nil {
			return err
		}
		name, mxid := v.displayName(person), v.mxidOf(person)
		text = strings.ReplaceAll(text, "@"+phone, name)
		pill := fmt.Sprintf(`<a href="https://matrix.to/#/%s">%s</a>`, mxid, html.EscapeString(name))
		formatted = strings.ReplaceAll(formatted, "@"+phone, pill)
		body.Mentions.UserIDs = append(body.Mentions.UserIDs, mxid)
	}
	body.Body = text
	if formatted != "" {
		body.Format, body.FormattedBody = event.FormatHTML, formatted
	}
	return nil
}

func (v converter) mxidOf(person *wire.Person) id.UserID {
	if person.Phone == v.phone {
		return v.login.UserMXID
	}
	return v.main.bridge.Matrix.GhostIntent(ghostID(person)).GetMXID()
}

// file is a message with a file: the caption is the body, which is empty without one.
func (v converter) file(kind event.MessageType, name string, content *wire.Content) (*part, error) {
	data, err := v.wire.Download(v.ctx, content.Media.SHA256)
	if err != nil {
		return nil, err
	}
	url, encrypted, err := v.intent.UploadMedia(v.ctx, v.portal.MXID, data, name, content.Media.MimeType)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bridgev2.ErrMediaReuploadFailed, err)
	}
	body := &event.MessageEventContent{
		MsgType:  kind,
		URL:      url,
		File:     encrypted,
		FileName: name,
		Mentions: &event.Mentions{},
		Info: &event.FileInfo{
			MimeType: content.Media.MimeType, Size: content.Media.Size,
			Width: content.Width, Height: content.Height, Duration: content.DurationMS,
		},
	}
	return message(body, nil), v.words(body, content.Caption, nil)
}

func (v converter) audio(content *wire.Content) (*part, error) {
	name := "audio.ogg"
	switch content.Media.MimeType {
	case "audio/mpeg":
		name = "audio.mp3"
	case "audio/mp4":
		name = "audio.m4a"
	}
	if content.Type == "voice" {
		name = "Voice message.ogg"
	}
	converted, err := v.file(event.MsgAudio, name, content)
	if err != nil {
		return nil, err
	}
	converted.Content.MSC1767Audio = &event.MSC1767Audio{Duration: content.DurationMS, Waveform: content.Waveform}
	if content.Type == "voice" {
		converted.Content.MSC3245Voice = &event.MSC3245Voice{}
	}
	return converted, nil
}

func (v converter) sticker(content *wire.Content) (*part, error) {
	converted, err := v.file("", "sticker.webp", content)
	if err != nil {
		return nil, err
	}
	converted.Type = event.EventSticker
	converted.Content.FileName = ""
	converted.Content.Body = content.Emoji
	converted.Content.Info.Width, converted.Content.Info.Height = 190, 190
	converted.Content.Info.BridgedSticker = &event.BridgedSticker{Network: "whatsapp", Emoji: content.Emoji}
	return converted, nil
}

func location(content *wire.Content) *part {
	geo := fmt.Sprintf("%.5f,%.5f", content.Latitude, content.Longitude)
	name, url := content.Name, content.URL
	if name == "" {
		name = geo
	}
	if url == "" {
		url = "https://maps.google.com/?q=" + geo
	}
	lines := []string{"Location: " + name}
	formatted := fmt.Sprintf(`Location: <a href="%s">%s</a>`, html.EscapeString(url), html.EscapeString(name))
	if content.Address != "" {
		lines = append(lines, content.Address)
		formatted += "<br>" + html.EscapeString(content.Address)
	}
	return message(&event.MessageEventContent{
		MsgType: event.MsgLocation, Body: strings.Join(append(lines, url), "\n"),
		Format: event.FormatHTML, FormattedBody: formatted, GeoURI: "geo:" + geo,
	}, nil)
}

func (v converter) contacts(content *wire.Content) (*part, error) {
	if len(content.Contacts) != 1 {
		return notice("Contact array messages are not supported, please view it on the WhatsApp app"), nil
	}
	only := content.Contacts[0]
	card := fmt.Sprintf("BEGIN:VCARD\nVERSION:3.0\nFN:%s\nTEL;type=CELL;waid=%s:+%s\nEND:VCARD", only.Name, only.Phone, only.Phone)
	media, err := v.wire.Upload(v.ctx, []byte(card), "text/vcard")
	if err != nil {
		return nil, err
	}
	return v.file(event.MsgFile, only.Name+".vcf", &wire.Content{Media: media})
}

var gifMarks = map[string]any{
	"fi.mau.gif": true, "fi.mau.loop": true, "fi.mau.autoplay": true, "fi.mau.hide_controls": true, "fi.mau.no_audio": true,
}

func optionID(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

func poll(content *wire.Content) *part {
	answers := make([]map[string]any, len(content.Options))
	lines := make([]string, len(content.Options))
	for i, option := range content.Options {
		answers[i] = map[string]any{"id": optionID(option), "org.matrix.msc1767.text": option}
		lines[i] = fmt.Sprintf("%d. %s", i+1, option)
	}
	body := content.Question + "\n\n" + strings.Join(lines, "\n") + "\n\n(This message is a poll. Please open WhatsApp to vote.)"
	return message(&event.MessageEventContent{MsgType: event.MsgText, Body: body}, map[string]any{
		"org.matrix.msc1767.message": []map[string]any{{"mimetype": "text/plain", "body": body}},
		"org.matrix.msc3381.poll.start": map[string]any{
			"kind":           "org.matrix.msc3381.poll.disclosed",
			"max_selections": content.Selectable,
			"question":       map[string]any{"org.matrix.msc1767.text": content.Question},
			"answers":        answers,
		},
		"fi.mau.whatsapp.poll": map[string]any{"option_names": content.Options, "selectable_options_count": content.Selectable},
	})
}

func call(content *wire.Content) *part {
	kind, word := event.BeeperActionMessageCallTypeVoice, ""
	if content.Video {
		kind, word = event.BeeperActionMessageCallTypeVideo, "video "
	}
	return message(&event.MessageEventContent{
		MsgType:             event.MsgText,
		Body:                "Incoming " + word + "call. Use the WhatsApp app to answer.",
		BeeperActionMessage: &event.BeeperActionMessage{Type: event.BeeperActionMessageCall, CallType: kind},
	}, nil)
}

func forward(content *event.MessageEventContent) {
	inside := content.FormattedBody
	if inside == "" {
		inside = strings.ReplaceAll(html.EscapeString(content.Body), "\n", "<br>")
	}
	if inside != "" {
		inside = "<p>" + inside + "</p>"
	}
	content.Body = "↷ Forwarded\n\n" + content.Body
	content.Format = event.FormatHTML
	content.FormattedBody = "<p data-mx-forwarded-notice><em>↷ Forwarded</em></p>" + inside
}

// editEvent is what a person changed, or late content in the place of the notice that stood for it (protocol/bridge.md 5.1).
func (c *Client) editEvent(where *place, edit, before *wire.Message, target networkid.MessageID) bridgev2.RemoteEvent {
	return &simplevent.Message[*wire.Message]{
		EventMeta:     where.as(bridgev2.RemoteEventEdit),
		ID:            messageID(where.jid, personJID(where.sender), edit.ID),
		TargetMessage: target,
		Data:          edit,
		ConvertEditFunc: func(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, existing []*database.Message, _ *wire.Message) (*bridgev2.ConvertedEdit, error) {
			content := edit.Content.Content
			if edit.Content.Type == "edit" {
				content = edited(before, edit.Content.Text)
			}
			converted, err := converter{c, ctx, portal, intent, before}.convert(content)
			if err != nil {
				return nil, err
			}
			changed := converted.ToEditPart(existing[0])
			if edit.Content.Type == "late" {
				changed.TopLevelExtra = map[string]any{"com.beeper.dont_render_edited": true}
				if changed.Type == event.EventSticker {
					changed.Type, changed.Content.MsgType = event.EventMessage, event.MsgImage
				}
			}
			return &bridgev2.ConvertedEdit{ModifiedParts: []*bridgev2.ConvertedEditPart{changed}}, nil
		},
	}
}

// edited is the whole new content: a caption keeps its file, everything else is text.
func edited(before *wire.Message, text string) *wire.Content {
	content := before.Content
	switch content.Type {
	case "image", "video", "document":
		content.Caption = text
		return &content
	default:
		return &wire.Content{Type: "text", Text: text}
	}
}
