package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"mistok.test/bridge/wire"
)

func unsupported(text string) error {
	return bridgev2.WrapErrorInStatus(errors.New(text)).WithErrorAsMessage().WithIsCertain(true).WithErrorReason(event.MessageStatusUnsupported)
}

// send sends as the owner of the phone; WhatsApp's refusal is the message's failure.
func (c *Client) send(ctx context.Context, portal *bridgev2.Portal, cause *event.Event, content wire.Content, replyTo string) (*wire.Message, networkid.MessageID, error) {
	if !c.connected.Load() {
		return nil, "", errDisconnected
	}
	chat, err := c.chatOf(ctx, portal)
	if err != nil {
		return nil, "", err
	}
	outgoing := &wire.Outgoing{Chat: chat, Content: content, ReplyTo: replyTo, EventID: cause.ID.String()}
	message, err := c.wire.Send(ctx, c.meta().Device, outgoing)
	if errors.Is(err, wire.ErrUnsupported) {
		return nil, "", unsupported(strings.TrimPrefix(err.Error(), wire.ErrUnsupported.Error()+": "))
	} else if err != nil {
		return nil, "", err
	}
	me, err := c.wire.Person(ctx, c.phone, c.phone)
	if err != nil {
		return nil, "", err
	}
	if err = c.wire.Bridged(ctx, c.meta().Device, message.ID, portal.MXID.String(), cause.ID.String()); err != nil {
		c.login.Log.Err(err).Msg("Failed to note what was sent")
	}
	return message, messageID(string(portal.ID), personJID(me), message.ID), nil
}

func (c *Client) sent(message *wire.Message, id networkid.MessageID, answers map[string]string) *bridgev2.MatrixMessageResponse {
	return &bridgev2.MatrixMessageResponse{
		DB: &database.Message{
			ID:        id,
			SenderID:  c.GetUserID(),
			Timestamp: time.UnixMilli(message.SentAt),
			Metadata:  &MessageMeta{Answers: answers},
		},
		StreamOrder: message.SentAt / 1000,
	}
}

// HandleMatrixMessage sends a message of the inbox (protocol/bridge.md 5.2).
func (c *Client) HandleMatrixMessage(ctx context.Context, msg *bridgev2.MatrixMessage) (*bridgev2.MatrixMessageResponse, error) {
	content, err := c.outgoing(ctx, msg.Event.Type, msg.Content)
	if err != nil {
		return nil, err
	}
	var replyTo string
	if msg.ReplyTo != nil {
		replyTo = stanzaOf(msg.ReplyTo.ID)
	}
	message, id, err := c.send(ctx, msg.Portal, msg.Event, *content, replyTo)
	if err != nil {
		return nil, err
	}
	return c.sent(message, id, nil), nil
}

func (c *Client) outgoing(ctx context.Context, kind event.Type, content *event.MessageEventContent) (*wire.Content, error) {
	if kind == event.EventSticker {
		content.MsgType = event.CapMsgSticker
	}
	switch content.MsgType {
	case event.MsgText, event.MsgEmote:
		text, mentions := c.wordsOf(ctx, content)
		return &wire.Content{Type: "text", Text: text, Mentions: mentions}, nil
	case event.MsgImage, event.MsgVideo, event.MsgAudio, event.MsgFile, event.CapMsgSticker:
		return c.fileOf(ctx, content)
	case event.MsgLocation:
		place := wire.Content{Type: "location", Name: content.Body}
		if _, err := fmt.Sscanf(content.GeoURI, "geo:%f,%f", &place.Latitude, &place.Longitude); err != nil {
			return nil, fmt.Errorf("failed to parse geo URI: %w", err)
		}
		return &place, nil
	default:
		return nil, bridgev2.ErrUnsupportedMessageType
	}
}

// wordsOf is the text for WhatsApp: from the HTML where there is any, with those whom both pill and m.mentions name.
func (c *Client) wordsOf(ctx context.Context, content *event.MessageEventContent) (string, []string) {
	if content.Format != event.FormatHTML {
		return content.Body, nil
	}
	var mentions []string
	text := textOf(ctx, content.FormattedBody, func(mxid id.UserID) string {
		ghost, ok := c.main.bridge.Matrix.ParseGhostMXID(mxid)
		if !ok || content.Mentions != nil && !content.Mentions.Has(mxid) {
			return ""
		}
		person, err := c.wire.Person(ctx, c.phone, string(ghost))
		if err != nil {
			return ""
		}
		mentions = append(mentions, person.Phone)
		return person.Phone
	})
	return text, mentions
}

func (c *Client) fileOf(ctx context.Context, content *event.MessageEventContent) (*wire.Content, error) {
	data, err := c.main.bridge.Bot.DownloadMedia(ctx, content.URL, content.File)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bridgev2.ErrMediaDownloadFailed, err)
	}
	info := content.GetInfo()
	media, err := c.wire.Upload(ctx, data, info.MimeType)
	if err != nil {
		return nil, err
	}
	file := &wire.Content{Media: media, Width: info.Width, Height: info.Height, DurationMS: info.Duration}
	if content.FileName != "" && content.FileName != content.Body {
		caption := *content
		file.Caption, _ = c.wordsOf(ctx, &caption)
	}
	switch content.MsgType {
	case event.MsgImage:
		file.Type = "image"
	case event.MsgVideo:
		file.Type, file.GIF = "video", info.MauGIF
	case event.CapMsgSticker:
		file.Type, file.Emoji, file.Caption = "sticker", content.Body, ""
	case event.MsgFile:
		file.Type, file.FileName = "document", content.GetFileName()
	case event.MsgAudio:
		file.Type, file.Caption = "audio", ""
		if content.MSC3245Voice != nil {
			file.Type = "voice"
			if !isOpus(data) {
				return nil, bridgev2.ErrUnsupportedMediaType
			}
		}
	}
	return file, nil
}

// isOpus looks at the first page of an Ogg file (RFC 7845).
func isOpus(data []byte) bool {
	return bytes.HasPrefix(data, []byte("OggS")) && len(data) > 64 && bytes.Contains(data[:64], []byte("OpusHead"))
}

// HandleMatrixEdit changes what was said; the framework has looked at the age (protocol/bridge.md 5.2).
func (c *Client) HandleMatrixEdit(ctx context.Context, msg *bridgev2.MatrixEdit) error {
	text, _ := c.wordsOf(ctx, msg.Content)
	content := wire.Content{Type: "edit", Target: stanzaOf(msg.EditTarget.ID), Text: text}
	_, _, err := c.send(ctx, msg.Portal, msg.Event, content, "")
	return err
}

// PreHandleMatrixReaction lets a second reaction take the place of the first.
func (c *Client) PreHandleMatrixReaction(_ context.Context, msg *bridgev2.MatrixReaction) (bridgev2.MatrixReactionPreResponse, error) {
	emoji := strings.ReplaceAll(msg.Content.RelatesTo.Key, "\ufe0f", "")
	return bridgev2.MatrixReactionPreResponse{SenderID: c.GetUserID(), Emoji: emoji, MaxReactions: 1}, nil
}

// HandleMatrixReaction reacts.
func (c *Client) HandleMatrixReaction(ctx context.Context, msg *bridgev2.MatrixReaction) (*database.Reaction, error) {
	content := wire.Content{Type: "reaction", Target: stanzaOf(msg.TargetMessage.ID), Emoji: msg.PreHandleResp.Emoji}
	_, _, err := c.send(ctx, msg.Portal, msg.Event, content, "")
	return &database.Reaction{}, err
}

// HandleMatrixReactionRemove takes a reaction back.
func (c *Client) HandleMatrixReactionRemove(ctx context.Context, msg *bridgev2.MatrixReactionRemove) error {
	content := wire.Content{Type: "reaction", Target: stanzaOf(msg.TargetReaction.MessageID)}
	_, _, err := c.send(ctx, msg.Portal, msg.Event, content, "")
	return err
}

// HandleMatrixMessageRemove revokes a message for everyone.
func (c *Client) HandleMatrixMessageRemove(ctx context.Context, msg *bridgev2.MatrixMessageRemove) error {
	content := wire.Content{Type: "revoke", Target: stanzaOf(msg.TargetMessage.ID)}
	_, _, err := c.send(ctx, msg.Portal, msg.Event, content, "")
	return err
}

// HandleMatrixReadReceipt marks the chat read; what the user does in a room counts as reading too (protocol/bridge.md 5.2).
func (c *Client) HandleMatrixReadReceipt(ctx context.Context, msg *bridgev2.MatrixReadReceipt) error {
	if !c.connected.Load() {
		return nil
	}
	target := msg.ExactMessage
	if target == nil {
		var err error
		target, err = c.main.bridge.DB.Message.GetLastPartAtOrBeforeTime(ctx, msg.Portal.PortalKey, msg.ReadUpTo)
		if err != nil || target == nil {
			return err
		}
	}
	chat, err := c.chatOf(ctx, msg.Portal)
	if err != nil {
		return err
	}
	return c.wire.Read(ctx, c.meta().Device, chat, stanzaOf(target.ID))
}

// HandleMatrixTyping tells the other side that the user types.
func (c *Client) HandleMatrixTyping(ctx context.Context, msg *bridgev2.MatrixTyping) error {
	if !c.connected.Load() {
		return nil
	}
	chat, err := c.chatOf(ctx, msg.Portal)
	if err != nil {
		return err
	}
	return c.wire.Typing(ctx, c.meta().Device, chat, msg.IsTyping)
}
