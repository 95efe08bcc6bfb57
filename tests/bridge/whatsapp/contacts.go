package whatsapp

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"

	"mistok.test/bridge/wire"
)

// Contacts, search and lookup are those of protocol/bridge.md 1.8.

var mailShape = regexp.MustCompile(`(?i)^[^@\s]+@[^@\s]+\.[a-z]+$`)

func (c *Client) resolved(ctx context.Context, person *wire.Person) (*bridgev2.ResolveIdentifierResponse, error) {
	id := ghostID(person)
	ghost, err := c.main.bridge.GetGhostByID(ctx, id)
	if err != nil {
		return nil, err
	}
	return &bridgev2.ResolveIdentifierResponse{
		Ghost:  ghost,
		UserID: id,
		Chat:   &bridgev2.CreateChatResponse{PortalKey: c.keyOf(personJID(person))},
	}, nil
}

// ResolveIdentifier asks WhatsApp whether somebody is there.
func (c *Client) ResolveIdentifier(ctx context.Context, identifier string, _ bool) (*bridgev2.ResolveIdentifierResponse, error) {
	if !c.IsLoggedIn() {
		return nil, bridgev2.ErrNotLoggedIn
	}
	isJID := strings.HasSuffix(identifier, "@s.whatsapp.net") || strings.HasSuffix(identifier, "@lid")
	if !isJID && mailShape.MatchString(identifier) {
		return nil, bridgev2.WrapRespErr(fmt.Errorf("WhatsApp does not support email addresses as identifiers"), mautrix.MInvalidParam)
	}
	person, err := c.wire.Person(ctx, c.phone, identifier)
	if err != nil || !person.OnWhatsApp {
		return nil, bridgev2.WrapRespErr(fmt.Errorf("the server said %s is not on WhatsApp", identifier), mautrix.MNotFound)
	}
	return c.resolved(ctx, person)
}

// GetContactList gives the address book alone.
func (c *Client) GetContactList(ctx context.Context) ([]*bridgev2.ResolveIdentifierResponse, error) {
	return c.people(ctx, func(person *wire.Person) bool { return person.Saved })
}

// SearchUsers finds by a part of name or number; an empty query finds everybody.
func (c *Client) SearchUsers(ctx context.Context, query string) ([]*bridgev2.ResolveIdentifierResponse, error) {
	wanted := strings.ToLower(query)
	return c.people(ctx, func(person *wire.Person) bool {
		return strings.Contains(strings.ToLower(c.displayName(person)+" +"+person.Phone), wanted)
	})
}

func (c *Client) people(ctx context.Context, wanted func(*wire.Person) bool) (list []*bridgev2.ResolveIdentifierResponse, err error) {
	if !c.IsLoggedIn() {
		return nil, bridgev2.RespError{ErrCode: mautrix.MForbidden.ErrCode, Err: "You're not logged in", StatusCode: http.StatusForbidden}
	}
	people, err := c.wire.People(ctx, c.phone)
	if err != nil {
		return nil, err
	}
	for _, person := range people {
		if !wanted(person) {
			continue
		}
		found, err := c.resolved(ctx, person)
		if err != nil {
			return nil, err
		}
		found.UserInfo = c.userInfo(person)
		list = append(list, found)
	}
	return list, nil
}
