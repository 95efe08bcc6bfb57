// Command bridge is the bridge of the tests: the real mautrix bridge framework (bridgev2) with the sandbox's phones for a network. What the
// framework does (provisioning, commands, portals, double puppeting, send status, state pushes, backfill) is the real code; what a WhatsApp
// connector decides is imitated after protocol/bridge.md. It runs with the config that `mistok stack bridge-config` writes.
package main

import (
	"os"

	"maunium.net/go/mautrix/bridgev2/matrix/mxmain"

	"mistok.test/bridge/whatsapp"
	"mistok.test/bridge/wire"
)

// The name is the real bridge's: double puppets carry it as their source, state pushes as their sender (protocol/bridge.md 0, 3.3).
func main() {
	bridge := mxmain.BridgeMain{
		Name:        "mautrix-whatsapp",
		Description: "A Matrix-WhatsApp bridge for tests, with imitated phones.",
		URL:         "https://github.com/mautrix/whatsapp",
		Version:     "26.09",
		SemCalVer:   true,
		Connector:   &whatsapp.Connector{Wire: wire.New(os.Getenv("MISTOK_TEST_WIRE"))},
	}
	bridge.InitVersion("v0.2609.0", "", "")
	bridge.Run()
}
