package whatsapp

import (
	"context"
	"slices"

	"maunium.net/go/mautrix/bridgev2/status"
)

// stateTexts are the words of the bridge's states; programs go by the codes (protocol/bridge.md 7.1).
var stateTexts = status.BridgeStateErrorMap{
	"wa-logged-out":           "You were logged out from another device. Relogin to continue using the bridge.",
	"wa-main-device-gone":     "Your phone was logged out from WhatsApp. Relogin to continue using the bridge.",
	"wa-unknown-logout":       "You were logged out for an unknown reason. Relogin to continue using the bridge.",
	"wa-not-logged-in":        "You're not logged into WhatsApp. Relogin to continue using the bridge.",
	"wa-temporary-ban":        "You have been temporarily banned from WhatsApp.",
	"wa-stream-replaced":      "Stream replaced: the bridge was started in another location.",
	"wa-stream-error":         "Unknown stream error",
	"wa-client-outdated":      "Connect failure: 405 client outdated. Bridge must be updated.",
	"wa-transient-disconnect": "Disconnected from WhatsApp. Trying to reconnect.",
	"wa-keepalive-timeout":    "The WhatsApp web servers are not responding. The bridge will try to reconnect.",
	"wa-phone-offline":        "Your phone hasn't been seen in over 12 days. The bridge is currently connected, but will get disconnected if you don't open the app soon.",
}

var ended = []string{"wa-logged-out", "wa-main-device-gone", "wa-unknown-logout", "wa-not-logged-in", "wa-temporary-ban", "replaced"}
var passing = []string{"wa-transient-disconnect", "wa-keepalive-timeout"}

func stateOf(code string) status.BridgeState {
	state := status.BridgeState{StateEvent: status.StateUnknownError, Error: status.BridgeStateErrorCode(code)}
	switch {
	case slices.Contains(ended, code):
		state.StateEvent = status.StateBadCredentials
	case slices.Contains(passing, code):
		state.StateEvent = status.StateTransientDisconnect
	case code == "wa-phone-offline":
		state.StateEvent, state.UserAction = status.StateTransientDisconnect, status.UserActionOpenNative
	}
	return state
}

func (c *Client) sendTrouble(code string) { c.login.BridgeState.Send(stateOf(code)) }

// setTrouble says how the account stands: connected, or what is wrong. Only with `wa-phone-offline` does the connection work on.
func (c *Client) setTrouble(_ context.Context, code string) {
	c.connected.Store(code == "" || code == "wa-phone-offline")
	if code == "" {
		c.trouble.Store(nil)
		c.login.BridgeState.Send(status.BridgeState{StateEvent: status.StateConnected})
		return
	}
	c.trouble.Store(&code)
	c.sendTrouble(code)
}

// loggedOut remembers that the device is not linked any more; the login stays, to be linked anew (protocol/bridge.md 1.7).
func (c *Client) loggedOut(ctx context.Context, reason string) {
	c.Disconnect()
	if reason == "replaced" {
		return
	}
	c.meta().LoggedOutFor = reason
	if err := c.login.Save(context.WithoutCancel(ctx)); err != nil {
		c.login.Log.Err(err).Msg("Failed to save the login")
	}
	c.sendTrouble(reason)
}
