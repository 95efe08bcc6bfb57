package whatsapp

import (
	"context"
	"fmt"
	"strings"

	"go.mau.fi/util/ptr"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"mistok.test/bridge/wire"
)

// nameFields are what the template of names may use (protocol/bridge.md 4.3).
type nameFields struct {
	PushName, BusinessName, Phone, RedactedPhone, FullName string
}

func (c *Client) displayName(person *wire.Person) string {
	fields := nameFields{PushName: person.Name, FullName: person.FullName}
	if person.PhoneHidden {
		fields.RedactedPhone = "+" + person.Phone[:3] + "∙∙∙∙∙∙∙" + person.Phone[len(person.Phone)-2:]
	} else {
		fields.Phone = "+" + person.Phone
	}
	var name strings.Builder
	if err := c.main.name.Execute(&name, fields); err != nil {
		return "Unknown user"
	}
	return name.String()
}

func (c *Client) userInfo(person *wire.Person) *bridgev2.UserInfo {
	info := &bridgev2.UserInfo{Name: text(c.displayName(person)), IsBot: ptr.Ptr(false), Avatar: c.avatar(person.Avatar)}
	if !person.PhoneHidden {
		info.Identifiers = []string{"tel:+" + person.Phone}
	}
	return info
}

func (c *Client) avatar(media *wire.Media) *bridgev2.Avatar {
	if media == nil {
		return &bridgev2.Avatar{ID: "remove", Remove: true}
	}
	return &bridgev2.Avatar{
		ID:  networkid.AvatarID(media.SHA256),
		Get: func(ctx context.Context) ([]byte, error) { return c.wire.Download(ctx, media.SHA256) },
	}
}

// GetUserInfo is what a ghost's profile is made of (protocol/bridge.md 4.4).
func (c *Client) GetUserInfo(ctx context.Context, ghost *bridgev2.Ghost) (*bridgev2.UserInfo, error) {
	person, err := c.wire.Person(ctx, c.phone, string(ghost.ID))
	if err != nil {
		return nil, err
	}
	return c.userInfo(person), nil
}

// sender names who did something: the owner's doings are double puppeted (protocol/bridge.md 3.3).
func (c *Client) sender(person *wire.Person) bridgev2.EventSender {
	sender := bridgev2.EventSender{Sender: ghostID(person), SenderLogin: networkid.UserLoginID(person.Phone)}
	sender.IsFromMe = person.Phone == c.phone
	return sender
}

func (c *Client) senderOf(ctx context.Context, phone string) (bridgev2.EventSender, *wire.Person, error) {
	person, err := c.wire.Person(ctx, c.phone, phone)
	if err != nil {
		return bridgev2.EventSender{}, nil, err
	}
	return c.sender(person), person, nil
}

// portalKey is the room of a chat: of a person's always this login's own, of a group's only with split_portals (protocol/bridge.md 4.1).
func (c *Client) portalKey(ctx context.Context, chat wire.Chat) (networkid.PortalKey, error) {
	if chat.Group != "" {
		return c.keyOf(chat.Group), nil
	}
	peer, err := c.wire.Person(ctx, c.phone, chat.Peer)
	if err != nil {
		return networkid.PortalKey{}, err
	}
	return c.keyOf(personJID(peer)), nil
}

func (c *Client) keyOf(jid string) networkid.PortalKey {
	key := networkid.PortalKey{ID: networkid.PortalID(jid)}
	if !isGroup(key.ID) || c.main.bridge.Config.SplitPortals {
		key.Receiver = c.login.ID
	}
	return key
}

// chatOf is the chat behind a room.
func (c *Client) chatOf(ctx context.Context, portal *bridgev2.Portal) (wire.Chat, error) {
	if isGroup(portal.ID) {
		return wire.Chat{Group: string(portal.ID)}, nil
	}
	peer, err := c.wire.Person(ctx, c.phone, string(portal.ID))
	if err != nil {
		return wire.Chat{}, fmt.Errorf("target chat not found: %w", err)
	}
	return wire.Chat{Peer: peer.Phone}, nil
}

// GetChatInfo is what the room of a chat shows.
func (c *Client) GetChatInfo(ctx context.Context, portal *bridgev2.Portal) (*bridgev2.ChatInfo, error) {
	chat, err := c.chatOf(ctx, portal)
	if err != nil {
		return nil, err
	}
	return c.chatInfo(ctx, chat)
}

func (c *Client) chatInfo(ctx context.Context, chat wire.Chat) (*bridgev2.ChatInfo, error) {
	if chat.Group != "" {
		return c.groupInfo(ctx, chat.Group)
	}
	peer, err := c.member(ctx, chat.Peer)
	if err != nil {
		return nil, err
	}
	me, err := c.member(ctx, c.phone)
	if err != nil {
		return nil, err
	}
	return &bridgev2.ChatInfo{
		Topic: text("WhatsApp private chat"),
		Members: &bridgev2.ChatMemberList{
			IsFull:           true,
			TotalMemberCount: 2,
			OtherUserID:      peer.Sender,
			MemberMap:        bridgev2.ChatMemberMap{}.Set(*peer).Set(*me),
		},
		Type:        ptr.Ptr(database.RoomTypeDM),
		CanBackfill: true,
	}, nil
}

func (c *Client) member(ctx context.Context, phone string) (*bridgev2.ChatMember, error) {
	sender, person, err := c.senderOf(ctx, phone)
	if err != nil {
		return nil, err
	}
	return &bridgev2.ChatMember{EventSender: sender, Membership: event.MembershipJoin, UserInfo: c.userInfo(person)}, nil
}

// groupInfo leaves nobody but the bridge more than a member may do on WhatsApp (protocol/bridge.md 4.2).
func (c *Client) groupInfo(ctx context.Context, id string) (*bridgev2.ChatInfo, error) {
	group, err := c.wire.Group(ctx, id)
	if err != nil {
		return nil, err
	}
	members := bridgev2.ChatMemberMap{}
	for _, phone := range group.Members {
		member, err := c.member(ctx, phone)
		if err != nil {
			return nil, err
		}
		members.Set(*member)
	}
	info := &bridgev2.ChatInfo{
		Name: text(group.Name),
		Members: &bridgev2.ChatMemberList{
			IsFull:           true,
			TotalMemberCount: len(members),
			MemberMap:        members,
			PowerLevels: &bridgev2.PowerLevelOverrides{
				EventsDefault: ptr.Ptr(0),
				StateDefault:  ptr.Ptr(99),
			},
		},
		Type:        ptr.Ptr(database.RoomTypeDefault),
		CanBackfill: true,
	}
	if group.Avatar != nil {
		info.Avatar = c.avatar(group.Avatar)
	}
	return info, nil
}
