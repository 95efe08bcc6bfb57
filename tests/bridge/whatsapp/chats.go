package whatsapp

import (
	"context"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/bridgev2/simplevent"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"mistok.test/bridge/wire"
)

func redact(ctx context.Context, as bridgev2.MatrixAPI, room id.RoomID, target id.EventID, reason string) error {
	content := &event.Content{Parsed: &event.RedactionEventContent{Redacts: target, Reason: reason}}
	_, err := as.SendMessage(ctx, room, event.EventRedaction, content, nil)
	return err
}

// handleGroup brings name and members up to date; the room is made where there is none.
func (c *Client) handleGroup(ctx context.Context, group string) error {
	info, err := c.groupInfo(ctx, group)
	if err != nil {
		return err
	}
	return c.queue(&simplevent.ChatResync{
		EventMeta: simplevent.EventMeta{Type: bridgev2.RemoteEventChatResync, PortalKey: c.keyOf(group), CreatePortal: true},
		ChatInfo:  info,
	})
}

// handleRenamed gives the ghost its new name and picture, which shows in every room that it is in.
func (c *Client) handleRenamed(ctx context.Context, peer string) error {
	person, err := c.wire.Person(ctx, c.phone, peer)
	if err != nil {
		return err
	}
	ghost, err := c.main.bridge.GetGhostByID(ctx, ghostID(person))
	if err != nil {
		return err
	}
	ghost.UpdateInfo(ctx, c.userInfo(person))
	return nil
}

// handleReaddressed moves a chat from the number to the hidden id: its room is re-keyed, or merged into the one that is there
// (protocol/bridge.md 4.5).
func (c *Client) handleReaddressed(ctx context.Context, peer string) error {
	source := c.keyOf(peer + "@s.whatsapp.net")
	target, err := c.portalKey(ctx, wire.Chat{Peer: peer})
	if err != nil {
		return err
	}
	result, portal, err := c.main.bridge.ReIDPortal(ctx, source, target)
	if err != nil || result != bridgev2.ReIDResultSourceReIDd && result != bridgev2.ReIDResultTargetDeletedAndSourceReIDd {
		return err
	}
	info, err := c.chatInfo(ctx, wire.Chat{Peer: peer})
	if err != nil {
		return err
	}
	portal.UpdateInfo(ctx, info, c.login, nil, time.Time{})
	portal.UpdateBridgeInfo(ctx)
	return nil
}

func (c *Client) handleChatDeleted(ctx context.Context, chat wire.Chat) error {
	key, err := c.portalKey(ctx, chat)
	if err != nil {
		return err
	}
	meta := simplevent.EventMeta{Type: bridgev2.RemoteEventChatDelete, PortalKey: key}
	return c.queue(&simplevent.ChatDelete{EventMeta: meta, OnlyForMe: true})
}

// handleDeletedForMe cannot tell who deleted: the author seems to have done it (protocol/bridge.md 5.1).
func (c *Client) handleDeletedForMe(ctx context.Context, event *wire.Event) error {
	message, err := c.wire.Message(ctx, event.ID)
	if err != nil {
		return err
	}
	where, err := c.placeOf(ctx, event.Chat, message.From, time.Now().UnixMilli())
	if err != nil {
		return err
	}
	target := messageID(where.jid, personJID(where.sender), event.ID)
	return c.queue(&simplevent.MessageRemove{EventMeta: where.as(bridgev2.RemoteEventMessageRemove), TargetMessage: target, OnlyForMe: true})
}

// handleHistory makes a room for each chat of the history, newest first; the framework then asks for the messages (protocol/bridge.md 8.1).
func (c *Client) handleHistory(ctx context.Context, event *wire.Event) error {
	meta := c.meta()
	meta.HistoryUpTo = event.UpToSeq
	if err := c.login.Save(ctx); err != nil {
		return err
	}
	if !c.main.bridge.Config.Backfill.Enabled {
		return nil
	}
	chats, err := c.wire.History(ctx, c.phone, meta.HistoryUpTo)
	if err != nil {
		return err
	}
	for _, chat := range chats {
		key, err := c.portalKey(ctx, chat.Chat)
		if err != nil {
			return err
		}
		info, err := c.chatInfo(ctx, chat.Chat)
		if err != nil {
			return err
		}
		last := chat.Messages[len(chat.Messages)-1].SentAt
		err = c.queue(&simplevent.ChatResync{
			EventMeta:       simplevent.EventMeta{Type: bridgev2.RemoteEventChatResync, PortalKey: key, CreatePortal: true},
			ChatInfo:        info,
			LatestMessageTS: time.UnixMilli(last),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// FetchMessages gives what the history has of a chat. Only new rooms and re-linked phones are asked for: an ordinary homeserver takes
// history at the end of a room alone (protocol/bridge.md 8.1).
func (c *Client) FetchMessages(ctx context.Context, params bridgev2.FetchMessagesParams) (*bridgev2.FetchMessagesResponse, error) {
	if !params.Forward || params.ThreadRoot != "" {
		return &bridgev2.FetchMessagesResponse{Forward: params.Forward}, nil
	}
	wanted, err := c.chatOf(ctx, params.Portal)
	if err != nil {
		return nil, err
	}
	chats, err := c.wire.History(ctx, c.phone, c.meta().HistoryUpTo)
	if err != nil {
		return nil, err
	}
	response := &bridgev2.FetchMessagesResponse{Forward: true}
	for _, chat := range chats {
		if chat.Chat == wanted {
			response.MarkRead = chat.Read
			response.Messages, err = c.convertHistory(ctx, params, chat.Messages)
		}
	}
	response.CompleteCallback = func() {
		for _, message := range response.Messages {
			c.noteBridged(context.WithoutCancel(ctx), params.Portal, message.ID)
		}
	}
	return response, err
}

func (c *Client) convertHistory(ctx context.Context, params bridgev2.FetchMessagesParams, messages []*wire.Message) ([]*bridgev2.BackfillMessage, error) {
	var list []*bridgev2.BackfillMessage
	byStanza := map[string]*bridgev2.BackfillMessage{}
	for _, message := range messages {
		where, err := c.placeOf(ctx, message.ChatFor(c.phone), message.From, message.SentAt)
		if err != nil {
			return nil, err
		}
		if message.Content.Type == "reaction" {
			if target := byStanza[message.Content.Target]; target != nil && message.Content.Emoji != "" {
				target.Reactions = append(target.Reactions, &bridgev2.BackfillReaction{
					Timestamp: where.meta.Timestamp, Sender: where.meta.Sender, Emoji: message.Content.Emoji,
				})
			}
			continue
		}
		if message.Content.Target != "" {
			continue
		}
		intent, ok := params.Portal.GetIntentFor(ctx, where.meta.Sender, c.login, bridgev2.RemoteEventMessage)
		if !ok {
			continue
		}
		converted, err := c.convertMessage(ctx, params.Portal, intent, message)
		if err != nil {
			return nil, err
		}
		filled := &bridgev2.BackfillMessage{
			ConvertedMessage: converted,
			Sender:           where.meta.Sender,
			ID:               messageID(where.jid, personJID(where.sender), message.ID),
			Timestamp:        where.meta.Timestamp,
			StreamOrder:      where.meta.StreamOrder,
		}
		byStanza[message.ID] = filled
		list = append(list, filled)
	}
	return list[max(0, len(list)-params.Count):], nil
}

// FindAltTargetMessage looks for a message under the ids that it had while people went by their numbers (protocol/bridge.md 8.5).
func (c *Client) FindAltTargetMessage(ctx context.Context, id networkid.MessageID, _ bridgev2.RemoteEventWithTargetMessage) ([]networkid.MessageID, error) {
	message, err := c.wire.Message(ctx, stanzaOf(id))
	if err != nil {
		return nil, err
	}
	from, err := c.wire.Person(ctx, c.phone, message.From)
	if err != nil {
		return nil, err
	}
	chats := []string{message.Group}
	if peer := message.ChatFor(c.phone).Peer; peer != "" {
		person, err := c.wire.Person(ctx, c.phone, peer)
		if err != nil {
			return nil, err
		}
		chats = []string{person.Phone + "@s.whatsapp.net", person.LID + "@lid"}
	}
	var list []networkid.MessageID
	for _, chat := range chats {
		for _, sender := range []string{from.Phone + "@s.whatsapp.net", from.LID + "@lid"} {
			list = append(list, messageID(chat, sender, message.ID))
		}
	}
	return list, nil
}
