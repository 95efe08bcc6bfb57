package whatsapp

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/bridgev2/status"

	"mistok.test/bridge/wire"
)

// Client is the connection of one login.
type Client struct {
	main  *Connector
	login *bridgev2.UserLogin
	wire  *wire.Client
	phone string

	lock      sync.Mutex
	stop      context.CancelFunc
	connected atomic.Bool
	trouble   atomic.Pointer[string]
}

var (
	_ bridgev2.NetworkAPI                    = (*Client)(nil)
	_ bridgev2.NetworkAPIWithUserID          = (*Client)(nil)
	_ bridgev2.BackfillingNetworkAPI         = (*Client)(nil)
	_ bridgev2.EditHandlingNetworkAPI        = (*Client)(nil)
	_ bridgev2.ReactionHandlingNetworkAPI    = (*Client)(nil)
	_ bridgev2.RedactionHandlingNetworkAPI   = (*Client)(nil)
	_ bridgev2.ReadReceiptHandlingNetworkAPI = (*Client)(nil)
	_ bridgev2.TypingHandlingNetworkAPI      = (*Client)(nil)
	_ bridgev2.PollHandlingNetworkAPI        = (*Client)(nil)
	_ bridgev2.AltTargetFindingNetworkAPI    = (*Client)(nil)
	_ bridgev2.IdentifierResolvingNetworkAPI = (*Client)(nil)
	_ bridgev2.ContactListingNetworkAPI      = (*Client)(nil)
	_ bridgev2.UserSearchingNetworkAPI       = (*Client)(nil)
)

var errDisconnected = errors.New("websocket not connected")

func newClient(main *Connector, login *bridgev2.UserLogin) *Client {
	return &Client{main: main, login: login, wire: main.Wire, phone: string(login.ID)}
}

func (c *Client) meta() *LoginMeta { return c.login.Metadata.(*LoginMeta) }

// Connect begins to listen; what waits at WhatsApp is handed over in order.
func (c *Client) Connect(ctx context.Context) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.stop != nil {
		return
	}
	if reason := c.meta().LoggedOutFor; reason != "" {
		c.sendTrouble(reason)
		return
	}
	c.login.BridgeState.Send(status.BridgeState{StateEvent: status.StateConnecting})
	listening, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	go c.listen(listening, c.meta().Device)
}

// Disconnect ends the connection and leaves the device linked.
func (c *Client) Disconnect() {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
	c.connected.Store(false)
}

// IsLoggedIn says whether the device is linked, as far as the bridge knows.
func (c *Client) IsLoggedIn() bool {
	return c.meta().LoggedOutFor == "" && c.meta().Device != ""
}

// LogoutRemote unlinks the device on the phone (protocol/bridge.md 1.7).
func (c *Client) LogoutRemote(ctx context.Context) {
	c.Disconnect()
	if err := c.wire.Unlink(ctx, c.meta().Device, "wa-logged-out"); err != nil {
		c.login.Log.Err(err).Msg("Failed to unlink the device")
	}
}

// IsThisUser tells the own ghosts, by number and by hidden id.
func (c *Client) IsThisUser(ctx context.Context, id networkid.UserID) bool {
	if string(id) == c.phone {
		return true
	}
	me, err := c.wire.Person(ctx, c.phone, c.phone)
	return err == nil && ghostID(me) == id
}

// GetUserID is the own ghost.
func (c *Client) GetUserID() networkid.UserID {
	me, err := c.wire.Person(context.Background(), c.phone, c.phone)
	if err != nil {
		return networkid.UserID(c.phone)
	}
	return ghostID(me)
}

// listen keeps the connection until it is told to stop; one that broke is made again.
func (c *Client) listen(ctx context.Context, device string) {
	for ctx.Err() == nil {
		again, drop := context.WithCancel(ctx)
		err := c.wire.Listen(again, device, func(line *wire.Line) { c.take(again, drop, device, line) })
		c.connected.Store(false)
		if ctx.Err() != nil {
			drop()
			return
		}
		if errors.Is(err, wire.ErrRefused) {
			drop()
			c.loggedOut(ctx, "wa-not-logged-in")
			return
		}
		// Dropped by ourselves, to be handed what was refused: that is no state.
		if c.trouble.Load() == nil && again.Err() == nil {
			c.login.BridgeState.Send(status.BridgeState{StateEvent: status.StateTransientDisconnect, Error: "wa-transient-disconnect"})
		}
		drop()
		time.Sleep(200 * time.Millisecond)
	}
}

// take handles one line; an event is acknowledged when it is bridged for good, and refused when it is not (protocol/bridge.md 8.4).
func (c *Client) take(ctx context.Context, drop context.CancelFunc, device string, line *wire.Line) {
	switch {
	case line.Device != nil:
		if line.Device.Gone != "" {
			c.loggedOut(ctx, line.Device.Gone)
			return
		}
		c.setTrouble(ctx, line.Trouble)
	case line.Passing != nil:
		switch line.Passing.Kind {
		case "gone":
			c.loggedOut(ctx, line.Passing.Reason)
		case "trouble":
			stopped := !c.connected.Load()
			c.setTrouble(ctx, line.Passing.Error)
			// What was refused meanwhile comes again on a new connection.
			if stopped && c.connected.Load() {
				drop()
			}
		case "typing":
			c.bringTyping(ctx, line.Passing)
		}
	case line.Event != nil:
		err := errDisconnected
		if c.connected.Load() {
			err = c.handle(ctx, line.Event)
		}
		if err != nil {
			c.login.Log.Err(err).Str("kind", line.Event.Kind).Msg("Event not taken")
		}
		if err = c.wire.Ack(ctx, device, line.N, err); err != nil {
			c.login.Log.Err(err).Msg("Failed to acknowledge")
		}
	}
}
