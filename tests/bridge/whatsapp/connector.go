// Package whatsapp is a bridgev2 network connector that looks like WhatsApp from the Matrix side, on the sandbox's phones. Ids, login steps,
// event contents and error codes are those of protocol/bridge.md; the sections are named where they are followed.
package whatsapp

import (
	"context"
	_ "embed"
	"text/template"

	"go.mau.fi/util/configupgrade"
	"go.mau.fi/util/ptr"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/bridgev2/status"
	"maunium.net/go/mautrix/event"

	"mistok.test/bridge/wire"
)

// Connector is the network as the bridge knows it.
type Connector struct {
	Wire *wire.Client

	bridge *bridgev2.Bridge
	config Config
	name   *template.Template
}

var (
	_ bridgev2.NetworkConnector            = (*Connector)(nil)
	_ bridgev2.ConfigValidatingNetwork     = (*Connector)(nil)
	_ bridgev2.IdentifierValidatingNetwork = (*Connector)(nil)
	_ bridgev2.MaxFileSizeingNetwork       = (*Connector)(nil)
)

// LoginMeta is what is kept of a login: which linked device it is, and how far its history goes.
type LoginMeta struct {
	Device       string `json:"device"`
	HistoryUpTo  int64  `json:"history_up_to"`
	LoggedOutFor string `json:"logged_out_for,omitempty"`
}

// MessageMeta is what is kept of a message beside its ids: of a poll made on Matrix, the ids of its answers by option.
type MessageMeta struct {
	Answers map[string]string `json:"answers,omitempty"`
}

// Init keeps the bridge.
func (c *Connector) Init(bridge *bridgev2.Bridge) {
	c.bridge = bridge
	status.BridgeStateHumanErrors.Update(stateTexts)
}

// Start has nothing to do: logins connect by themselves.
func (c *Connector) Start(context.Context) error { return nil }

// SetMaxFileSize is not looked at.
func (c *Connector) SetMaxFileSize(int64) {}

// GetName is how whoami and m.bridge name the network (protocol/bridge.md 1.3).
func (c *Connector) GetName() bridgev2.BridgeName {
	return bridgev2.BridgeName{
		DisplayName:          "WhatsApp",
		NetworkURL:           "https://whatsapp.com",
		NetworkIcon:          "mxc://maunium.net/NeXNQarUbrlYBiPCpprYsRqr",
		NetworkID:            "whatsapp",
		BeeperBridgeType:     "whatsapp",
		DefaultPort:          29318,
		DefaultCommandPrefix: "!wa",
	}
}

// GetDBMetaTypes says what is kept beside the bridge's own rows.
func (c *Connector) GetDBMetaTypes() database.MetaTypes {
	return database.MetaTypes{
		UserLogin: func() any { return &LoginMeta{} },
		Message:   func() any { return &MessageMeta{} },
	}
}

// GetCapabilities is what protocol/bridge.md 1.4 shows. Search is not flagged, and works.
func (c *Connector) GetCapabilities() *bridgev2.NetworkGeneralCapabilities {
	return &bridgev2.NetworkGeneralCapabilities{
		DisappearingMessages: true,
		AggressiveUpdateInfo: true,
		ImplicitReadReceipts: true,
		Provisioning: bridgev2.ProvisioningCapabilities{
			ResolveIdentifier: bridgev2.ResolveIdentifierCapabilities{CreateDM: true, LookupPhone: true, ContactList: true},
			GroupCreation: map[string]bridgev2.GroupTypeCapabilities{
				"group": {
					TypeDescription: "a group chat",
					Name:            bridgev2.GroupFieldCapability{Allowed: true, MaxLength: 100},
					Participants:    bridgev2.GroupFieldCapability{Allowed: true, Required: true, MinLength: 1},
					Disappear:       bridgev2.GroupFieldCapability{Allowed: true, DisappearSettings: timers},
					Parent:          bridgev2.GroupFieldCapability{Allowed: true},
				},
			},
			ImagePackImport: true,
		},
	}
}

// GetBridgeInfoVersion names the forms of m.bridge and room features.
func (c *Connector) GetBridgeInfoVersion() (info, capabilities int) { return 1, 1 }

// LoadUserLogin gives a login its client.
func (c *Connector) LoadUserLogin(_ context.Context, login *bridgev2.UserLogin) error {
	login.Client = newClient(c, login)
	return nil
}

// ValidateUserID accepts what ghosts are called (protocol/bridge.md 4.1).
func (c *Connector) ValidateUserID(id networkid.UserID) bool {
	return ghostIDShape.MatchString(string(id))
}

//go:embed network.yaml
var exampleConfig string

// Config is the part of the network section that shows on Matrix; the other keys of the real bridge are taken and not looked at.
type Config struct {
	DisplaynameTemplate string `yaml:"displayname_template"`
}

// GetConfig gives the network section with the real bridge's keys.
func (c *Connector) GetConfig() (string, any, configupgrade.Upgrader) {
	return exampleConfig, &c.config, configupgrade.SimpleUpgrader(func(helper configupgrade.Helper) {
		helper.Copy(configupgrade.Str, "displayname_template")
		helper.Copy(configupgrade.Bool, "enable_status_broadcast")
		helper.Copy(configupgrade.Bool, "force_active_delivery_receipts")
		helper.Copy(configupgrade.Bool, "use_whatsapp_retry_store")
		helper.Copy(configupgrade.Bool, "extev_polls")
		helper.Copy(configupgrade.Int, "history_sync", "max_initial_conversations")
		helper.Copy(configupgrade.Bool, "history_sync", "request_full_sync")
	})
}

// ValidateConfig reads the template of names.
func (c *Connector) ValidateConfig() (err error) {
	c.name, err = template.New("displayname").Parse(c.config.DisplaynameTemplate)
	return err
}

var timers = &event.DisappearingTimerCapability{
	Types:  []event.DisappearingType{event.DisappearingTypeAfterSend},
	Timers: milliseconds(86_400_000, 604_800_000, 7_776_000_000),
}

func text(value string) *string { return ptr.Ptr(value) }
