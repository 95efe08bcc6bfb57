package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/bridgev2/simplevent"

	"mistok.test/bridge/wire"
)

var errNotHandled = errors.New("the bridge did not handle the event")

// handle takes one event from WhatsApp. Without an error the bridge has it: in its queue, or with `portal_event_buffer: 0` on Matrix
// (protocol/bridge.md 8.4).
func (c *Client) handle(ctx context.Context, event *wire.Event) error {
	switch event.Kind {
	case "message":
		return c.handleMessage(ctx, event.Message)
	case "receipt":
		return c.handleReceipt(ctx, event)
	case "read_self":
		return c.handleOwnRead(ctx, event)
	case "history":
		return c.handleHistory(ctx, event)
	case "group":
		return c.handleGroup(ctx, event.Group)
	case "renamed":
		return c.handleRenamed(ctx, event.Peer)
	case "readdressed":
		return c.handleReaddressed(ctx, event.Peer)
	case "chat_deleted":
		return c.handleChatDeleted(ctx, event.Chat)
	case "deleted_for_me":
		return c.handleDeletedForMe(ctx, event)
	default:
		c.login.Log.Warn().Str("kind", event.Kind).Msg("WhatsApp event of a kind that is not bridged")
		return nil
	}
}

func (c *Client) queue(event bridgev2.RemoteEvent) error {
	result := c.login.QueueRemoteEvent(event)
	if result.Success || result.Ignored || result.Queued {
		return nil
	}
	if result.Error != nil {
		return result.Error
	}
	return errNotHandled
}

// place is what every event of a chat needs.
type place struct {
	chat   wire.Chat
	jid    string
	meta   simplevent.EventMeta
	sender *wire.Person
}

// placeOf names room and author; WhatsApp's time has no fractions of a second (protocol/bridge.md 5.0).
func (c *Client) placeOf(ctx context.Context, chat wire.Chat, from string, at int64) (*place, error) {
	key, err := c.portalKey(ctx, chat)
	if err != nil {
		return nil, err
	}
	sender, person, err := c.senderOf(ctx, from)
	if err != nil {
		return nil, err
	}
	second := at / 1000
	meta := simplevent.EventMeta{PortalKey: key, Sender: sender, Timestamp: time.Unix(second, 0), StreamOrder: second}
	return &place{chat: chat, jid: string(key.ID), meta: meta, sender: person}, nil
}

func (p *place) as(kind bridgev2.RemoteEventType) simplevent.EventMeta { return p.meta.WithType(kind) }

// idOf is the bridge's id of a message by its stanza id; the author is looked up, as WhatsApp names it beside the id.
func (c *Client) idOf(ctx context.Context, jid, stanza string) (networkid.MessageID, *wire.Message, error) {
	message, err := c.wire.Message(ctx, stanza)
	if err != nil {
		return "", nil, err
	}
	from, err := c.wire.Person(ctx, c.phone, message.From)
	if err != nil {
		return "", nil, err
	}
	return messageID(jid, personJID(from), stanza), message, nil
}

func (c *Client) handleMessage(ctx context.Context, message *wire.Message) error {
	where, err := c.placeOf(ctx, message.ChatFor(c.phone), message.From, message.SentAt)
	if err != nil {
		return err
	}
	var target networkid.MessageID
	var before *wire.Message
	if message.Content.Target != "" && message.Content.Type != "poll_vote" {
		if target, before, err = c.idOf(ctx, where.jid, message.Content.Target); err != nil {
			return err
		}
	}
	switch message.Content.Type {
	case "reaction":
		return c.queue(reactionEvent(where, target, message.Content.Emoji))
	case "revoke":
		return c.queue(&simplevent.MessageRemove{EventMeta: where.as(bridgev2.RemoteEventMessageRemove), TargetMessage: target})
	case "disappeared":
		// The real bridge does this by its own clock; here WhatsApp says when, and the bot is who redacts.
		return c.disappear(ctx, where, target)
	case "edit", "late":
		return c.queue(c.editEvent(where, message, before, target))
	default:
		return c.queue(c.messageEvent(where, message))
	}
}

func (c *Client) messageEvent(where *place, message *wire.Message) bridgev2.RemoteEvent {
	id := messageID(where.jid, personJID(where.sender), message.ID)
	meta := where.as(bridgev2.RemoteEventMessage).WithCreatePortal(true)
	meta.PostHandleFunc = func(ctx context.Context, portal *bridgev2.Portal) { c.noteBridged(ctx, portal, id) }
	return &simplevent.Message[*wire.Message]{EventMeta: meta, ID: id, Data: message, ConvertMessageFunc: c.convertMessage}
}

func reactionEvent(where *place, target networkid.MessageID, emoji string) bridgev2.RemoteEvent {
	kind := bridgev2.RemoteEventReaction
	if emoji == "" {
		kind = bridgev2.RemoteEventReactionRemove
	}
	return &simplevent.Reaction{EventMeta: where.as(kind), TargetMessage: target, Emoji: emoji}
}

// noteBridged tells the ledger where a message stands on Matrix.
func (c *Client) noteBridged(ctx context.Context, portal *bridgev2.Portal, id networkid.MessageID) {
	part, err := c.main.bridge.DB.Message.GetFirstPartByID(ctx, portal.Receiver, id)
	if err != nil || part == nil {
		return
	}
	if err = c.wire.Bridged(ctx, c.meta().Device, stanzaOf(id), portal.MXID.String(), part.MXID.String()); err != nil {
		c.login.Log.Err(err).Msg("Failed to note where a message was bridged to")
	}
}

// handleReceipt brings ticks: delivered as a status event, read as the ghost's receipt (protocol/bridge.md 6.1).
func (c *Client) handleReceipt(ctx context.Context, event *wire.Event) error {
	if len(event.IDs) == 0 {
		return nil
	}
	first, err := c.wire.Message(ctx, event.IDs[0])
	if err != nil {
		return err
	}
	where, err := c.placeOf(ctx, first.ChatFor(c.phone), event.By, time.Now().UnixMilli())
	if err != nil {
		return err
	}
	receipt := &simplevent.Receipt{EventMeta: where.as(bridgev2.RemoteEventDeliveryReceipt)}
	if event.Status == "read" {
		receipt.EventMeta.Type = bridgev2.RemoteEventReadReceipt
	}
	for _, stanza := range event.IDs {
		id, _, err := c.idOf(ctx, where.jid, stanza)
		if err != nil {
			return err
		}
		receipt.Targets = append(receipt.Targets, id)
	}
	return c.queue(receipt)
}

// handleOwnRead moves the owner's markers: the chat was read on the phone (protocol/bridge.md 6.4).
func (c *Client) handleOwnRead(ctx context.Context, event *wire.Event) error {
	where, err := c.placeOf(ctx, event.Chat, c.phone, time.Now().UnixMilli())
	if err != nil {
		return err
	}
	id, _, err := c.idOf(ctx, where.jid, event.UpTo)
	if err != nil {
		return err
	}
	return c.queue(&simplevent.Receipt{EventMeta: where.as(bridgev2.RemoteEventReadReceipt), Targets: []networkid.MessageID{id}})
}

func (c *Client) bringTyping(ctx context.Context, passing *wire.Passing) {
	where, err := c.placeOf(ctx, passing.Chat, passing.From, time.Now().UnixMilli())
	if err != nil {
		return
	}
	timeout := 15 * time.Second
	if !passing.On {
		timeout = 0
	}
	_ = c.queue(&simplevent.Typing{EventMeta: where.as(bridgev2.RemoteEventTyping), Timeout: timeout})
}

func (c *Client) disappear(ctx context.Context, where *place, target networkid.MessageID) error {
	portal, err := c.main.bridge.GetExistingPortalByKey(ctx, where.meta.PortalKey)
	if err != nil || portal == nil {
		return err
	}
	part, err := c.main.bridge.DB.Message.GetFirstPartByID(ctx, portal.Receiver, target)
	if err != nil || part == nil {
		return err
	}
	if err = redact(ctx, c.main.bridge.Bot, portal.MXID, part.MXID, "Message disappeared"); err != nil {
		return fmt.Errorf("failed to redact what disappeared: %w", err)
	}
	return c.main.bridge.DB.Message.DeleteAllParts(ctx, portal.Receiver, target)
}
